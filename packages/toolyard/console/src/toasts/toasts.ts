/** Resolves to why it failed, or to undefined if it succeeded. */
export type Attempt = Promise<string | undefined>

/**
 * DONE: something was done, and may be undone by doing the opposite. HELD: something has no opposite, so it is sent when
 * the toast ends, and undone by not sending it. PROBLEM: something failed, which stays until it is dismissed.
 */
export type Toast =
  | { readonly kind: 'DONE'; readonly text: string; readonly undo?: () => Attempt }
  | {
      readonly kind: 'HELD'
      readonly text: string
      /** What is held, for the page that shows it. */
      readonly key: string
      readonly send: () => Attempt
    }
  | { readonly kind: 'PROBLEM'; readonly text: string }

export type ShownToast = Toast & { readonly id: number }

/** The notifications of the page, each with its clock. */
export interface Toasts {
  get(): readonly ShownToast[]
  subscribe(listener: () => void): () => void
  show(toast: Toast): void
  undo(id: number): void
  /** Undoes the newest that can be undone, if there is one. */
  undoLatest(): void
  /** Ends a toast: sends what it holds. */
  end(id: number): void
  /** Stops the clocks, while the user points at the toasts or has the focus in them. */
  pause(): void
  /** Starts the clocks anew. */
  resume(): void
  /** Ends all that hold something: the page is left, or acts on what they hold. Resolves once all is answered. */
  flush(): Promise<void>
}

/** How long a toast can be undone, in ms. */
export const toastMs = 8_000
/** Most toasts at once; one more ends the oldest. */
const maxShown = 4

export function createToasts(): Toasts {
  let shown: readonly ShownToast[] = []
  let nextId = 1
  let isPaused = false
  const timers = new Map<number, ReturnType<typeof setTimeout>>()
  const listeners = new Set<() => void>()

  function publish(next: readonly ShownToast[]): void {
    shown = next
    for (const listener of listeners) listener()
  }

  function stopClock(id: number): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
  }

  function startClock({ id, kind }: ShownToast): void {
    stopClock(id)
    if (!isPaused && kind !== 'PROBLEM')
      timers.set(
        id,
        setTimeout(() => void end(id), toastMs),
      )
  }

  /** Takes a toast away. Returns it, once. */
  function remove(id: number): ShownToast | undefined {
    const toast = shown.find((each) => each.id === id)
    if (!toast) return undefined
    stopClock(id)
    publish(shown.filter((each) => each !== toast))
    return toast
  }

  async function attempt(action: () => Attempt): Promise<void> {
    const problem = await action().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    if (problem !== undefined) show({ kind: 'PROBLEM', text: problem })
  }

  async function end(id: number): Promise<void> {
    const toast = remove(id)
    if (toast?.kind === 'HELD') await attempt(toast.send)
  }

  function show(toast: Toast): void {
    const added: ShownToast = { ...toast, id: nextId++ }
    publish([...shown, added])
    startClock(added)
    const [oldest] = shown
    if (oldest && shown.length > maxShown) void end(oldest.id)
  }

  function undo(id: number): void {
    const toast = remove(id)
    if (toast?.kind === 'DONE' && toast.undo) void attempt(toast.undo)
  }

  return {
    get: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    show,
    undo,
    undoLatest() {
      const latest = shown.findLast(canUndo)
      if (latest) undo(latest.id)
    },
    end: (id) => void end(id),
    pause() {
      isPaused = true
      for (const { id } of shown) stopClock(id)
    },
    resume() {
      if (!isPaused) return
      isPaused = false
      for (const toast of shown) startClock(toast)
    },
    async flush() {
      await Promise.all(shown.filter(({ kind }) => kind === 'HELD').map(({ id }) => end(id)))
    },
  }
}

export const canUndo = (toast: Toast): boolean =>
  toast.kind === 'HELD' || (toast.kind === 'DONE' && toast.undo !== undefined)
