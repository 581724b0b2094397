import type { TextStream } from './output.ts'

/** Lines on a terminal that change as long as something goes on, below what has been printed. */
export interface LiveLines extends Disposable {
  /** Shows a line, in the place of what it showed for `key`. It is asked again when time has passed. */
  show(key: string, line: (frame: LiveFrame) => string): void
  /** Takes the line of `key` away. */
  remove(key: string): void
  /** Prints above them what stays. */
  print(text: string): void
}

export interface LiveFrame {
  /** Columns. */
  readonly width: number
  readonly spinner: string
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
const frameMs = 100
const usualWidth = 80
const usualHeight = 24

/** Whoever made them disposes of them: what they show then goes, and what was printed stays. */
export async function createLiveLines(terminal: TextStream): Promise<LiveLines> {
  // Only where a person looks on: programs need not wait for it to load.
  const { createLogUpdate } = await import('log-update')
  const lines = new Map<string, (frame: LiveFrame) => string>()
  const update = createLogUpdate(terminal)
  let frame = 0

  function draw(): void {
    if (lines.size === 0) {
      update.clear()
      return
    }
    // The last column stays free: some terminals go to the next line when it is written.
    const width = (terminal.columns ?? usualWidth) - 1
    const height = (terminal.rows ?? usualHeight) - 2
    const shown = [...lines.values()].slice(0, Math.max(1, height))
    const hidden = lines.size - shown.length
    const texts = shown.map((line) => line({ width, spinner: spinner[frame % spinner.length] ?? '' }))
    update([...texts, ...(hidden > 0 ? [`… and ${hidden} more`] : [])].join('\n'))
  }

  const timer = setInterval(() => {
    frame += 1
    if (lines.size > 0) draw()
  }, frameMs)

  return {
    show(key, line) {
      const isNew = !lines.has(key)
      lines.set(key, line)
      // The rest waits for the next frame: events may come faster than anybody reads.
      if (isNew) draw()
    },
    remove(key) {
      if (lines.delete(key)) draw()
    },
    print(text) {
      update.clear()
      terminal.write(`${text}\n`)
      draw()
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      lines.clear()
      update.clear()
      update.done()
    },
  }
}
