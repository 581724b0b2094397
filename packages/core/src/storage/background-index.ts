import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** Time without a further commit after which the work begins, in ms: a burst of refreshes comes to its end first. */
const quietMs = 1_000
/** Longest wait for that, in ms. */
const patienceMs = 30_000
/** Interval between looks at what other processes left, in ms. */
const everyMs = 60_000
/** Rest after each step as a multiple of it: while the event loop is busy with runs and refreshes, and while it is not. */
const restsWhenBusy = 30
const restsWhenIdle = 1
/** Longest rest, in ms. */
const maxRestMs = 1_000
/** Share of a rest from which the event loop counts as busy. */
const busyShare = 0.25

/** Does the work of `steps`, of which each takes some ms, in the background. The caller closes it. */
export class BackgroundIndex {
  readonly #steps: () => AsyncIterable<unknown>
  readonly #onError: (error: unknown) => void
  readonly #ending = new AbortController()
  #timer: NodeJS.Timeout
  #going: Promise<void> | undefined
  /** When the first commit came that the work has not begun with, by `performance.now()`. */
  #expectedAt: number | undefined
  /** When the wait began that the work ends. */
  #usage: EventLoopUtilization = performance.eventLoopUtilization()

  constructor(steps: () => AsyncIterable<unknown>, onError: (error: unknown) => void) {
    this.#steps = steps
    this.#onError = onError
    this.#timer = this.#startIn(quietMs)
  }

  /** Begins soon, as a commit has left something to do. */
  expect(): void {
    const now = performance.now()
    const isFirst = this.#expectedAt === undefined
    this.#expectedAt ??= now
    if (this.#going || this.#ending.signal.aborted) return
    if (isFirst) {
      clearTimeout(this.#timer)
      this.#timer = this.#startIn(quietMs)
    } else if (now - this.#expectedAt < patienceMs) this.#timer.refresh()
  }

  /** Resolves once nothing is under way. */
  async close(): Promise<void> {
    this.#ending.abort()
    clearTimeout(this.#timer)
    await this.#going
  }

  #startIn(ms: number): NodeJS.Timeout {
    this.#usage = performance.eventLoopUtilization()
    return setTimeout(() => this.#start(), ms).unref()
  }

  #start(): void {
    const { signal } = this.#ending
    this.#expectedAt = undefined
    this.#going = this.#work()
      .catch((error: unknown) => {
        // A rest that is cut short rejects as well.
        if (!signal.aborted) this.#onError(error)
      })
      .finally(() => {
        this.#going = undefined
        if (!signal.aborted) this.#timer = this.#startIn(this.#expectedAt === undefined ? everyMs : quietMs)
      })
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending
    let isBusy = performance.eventLoopUtilization(this.#usage).utilization > busyShare
    let begunAt = performance.now()
    for await (const _ of this.#steps()) {
      const tookMs = performance.now() - begunAt
      const usage = performance.eventLoopUtilization()
      await delay(Math.min(maxRestMs, tookMs * (isBusy ? restsWhenBusy : restsWhenIdle)), undefined, {
        ref: false,
        signal,
      })
      isBusy = performance.eventLoopUtilization(usage).utilization > busyShare
      begunAt = performance.now()
    }
  }
}
