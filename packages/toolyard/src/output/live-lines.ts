import type { TextStream } from './output.ts'

/** Lines at the bottom of a terminal that change while an operation runs. */
export interface LiveLines extends Disposable {
  /** Shows a line in place of the one that `key` had. Each frame calls `line` again. */
  show(key: string, line: (frame: LiveFrame) => string): void
  /** Removes the line of `key`. */
  remove(key: string): void
  /** Prints a text above the lines, which stays. */
  print(text: string): void
}

export interface LiveFrame {
  /** Columns. */
  readonly width: number
  readonly spinner: string
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
/** Interval between frames, in ms. */
const frameMs = 100
/** Columns of a terminal that does not report its size. */
const defaultWidth = 80
/** Rows of such a terminal. */
const defaultHeight = 24

/** Creates live lines. The caller disposes of them: the lines disappear, and what was printed stays. */
export async function createLiveLines(terminal: TextStream): Promise<LiveLines> {
  // Loaded only for a terminal: programs need not wait for it.
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
    const width = (terminal.columns ?? defaultWidth) - 1
    const height = (terminal.rows ?? defaultHeight) - 2
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
      // Later changes wait for the next frame: events may arrive faster than a person reads.
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
