import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { InputAnswer, InputRequest } from '../model/input-request.ts'
import type { RunRecord } from '../model/job.ts'
import type { InputPause, InputResume } from '../model/pause.ts'
import { requestDone } from '../sessions/session.ts'
import type { Write } from '../storage/write.ts'
import type { AskingRun, AskingSteps, RunInputDeps } from './asking-run.ts'
import { answeredNow, isHeld } from './input-pauses.ts'
import type { PausedInput } from './paused-call.ts'
import { inputTimeout } from './run-pauses.ts'

interface OpenRequest {
  readonly request: InputRequest
  readonly resolve: (answer: InputAnswer) => void
}

const cancel: InputAnswer = { action: 'CANCEL' }

/**
 * The wait of a run whose server waits for the answers while the call is open (MCP 2025-11-25), on the node that has the
 * session. Its pause is in the storage as any other: other nodes answer it, and this one takes what they have stored.
 */
export class HeldInput {
  readonly #deps: RunInputDeps
  readonly #run: AskingRun
  readonly #steps: AskingSteps
  /** Called when the run begins to wait, or to wait for more. */
  readonly #onHeld: (run: RunRecord) => void
  /** The last step, so that each begins with what the one before it has stored. */
  #last: Promise<unknown> = Promise.resolve()
  #pause: InputPause | undefined
  readonly #open = new Map<string, OpenRequest>()
  /** Requests that are being stored. */
  #beginning = 0
  #stopListening: (() => void) | undefined
  #goOn: (() => void) | undefined
  #heldSince = 0
  #heldMs = 0
  #isClosed = false

  constructor(deps: RunInputDeps, run: AskingRun, steps: AskingSteps, onHeld: (run: RunRecord) => void) {
    this.#deps = deps
    this.#run = run
    this.#steps = steps
    this.#onHeld = onHeld
  }

  /** Time that the run has waited while its call stayed open, in ms. */
  get heldMs(): number {
    return this.#heldMs
  }

  /** As `CallInput.ask`. */
  async ask(given: InputRequest, signal: AbortSignal): Promise<InputAnswer> {
    const { promise, resolve } = Promise.withResolvers<InputAnswer>()
    const key = await this.#begin(given, resolve)
    const onAbort = () => {
      const done = signal.reason === requestDone
      this.#inTurn(() => this.#settleOne(key, done ? { action: 'ACCEPT' } : undefined)).catch(this.#deps.onError)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    return await promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** Ends the wait with the call: whatever the server still waits for is cancelled. Never rejects. */
  async close(onDelay: (error: unknown) => void): Promise<void> {
    this.#isClosed = true
    await this.#inTurn(async () => {
      for (;;) {
        const pause = this.#pause
        if (!pause) break
        if (await this.#take(pause, onDelay)) break
        await this.#reread()
      }
    }).catch(this.#deps.onError)
    this.#release(() => cancel)
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#last.then(step, step)
    this.#last = next.catch(() => undefined)
    return next
  }

  /** Has the run wait for one more answer, unless there are too many; answers the key of the request. */
  async #begin(given: InputRequest, resolve: OpenRequest['resolve']): Promise<string> {
    const { meter, onError } = this.#deps
    // Those that are being stored count: a server may ask faster than a storage writes.
    const got = this.#open.size + this.#beginning + 1
    if (got > meter.budgets.inputRequests) {
      throw meter.exceeded('inputRequests', { what: 'Requests for input at a time', got })
    }
    this.#beginning += 1
    try {
      return await this.#inTurn(() => this.#hold(given, resolve))
    } catch (error) {
      const isTold = isRegistryError(error, 'LIMIT_EXCEEDED') || isRegistryError(error, 'CANCELED')
      if (!isTold) onError(error)
      throw error
    } finally {
      this.#beginning -= 1
    }
  }

  async #hold(given: InputRequest, resolve: OpenRequest['resolve']): Promise<string> {
    const { meter, pauses, inputPauses, nodes } = this.#deps
    const { recorder } = this.#run
    if (this.#isClosed) throw new RegistryError('CANCELED', 'The call has ended')
    this.#steps.assertRound(1)
    const key = String(this.#steps.round + 1)
    const request = { ...given, key }
    const resume: InputResume = { kind: 'REPLY', heldBy: nodes.self, settled: null }
    for (;;) {
      const before = this.#pause
      const input: PausedInput = before ? await this.#deps.pausedCalls.openInput(before) : { answers: {}, spentMs: 0 }
      if (!before) await pauses.assertRoom()
      const asked = [...(before?.requests ?? []), request]
      // Its parts are JSON; so much of it was read before.
      if (JSON.stringify(asked).length > meter.budgets.inputBytes) {
        throw meter.exceeded('inputBytes', { what: 'What a server asks for at a time' })
      }
      const next = before
        ? inputPauses.withRequests(before, asked, input)
        : inputPauses.begin(recorder.run, this.#run, { requests: asked, input, resume })
      const writes = before ? inputPauses.replacing(before, next) : this.#steps.beginning(next)
      const isStored = await this.#unlessLate(() =>
        recorder.step(this.#steps.next(), [this.#steps.requested(next, [request])], writes),
      )
      if (!isStored) {
        await this.#reread()
        continue
      }
      this.#pause = next
      this.#open.set(key, { request, resolve })
      this.#listen()
      this.#steps.announce(next)
      this.#onHeld(recorder.run)
      return key
    }
  }

  /** Whether the write came first; false if another node's did. */
  async #unlessLate(write: () => Promise<void>): Promise<boolean> {
    try {
      await write()
      return true
    } catch (error) {
      if (isRegistryError(error, 'REVISION_CONFLICT')) return false
      throw error
    }
  }

  #listen(): void {
    const { jobs, onError } = this.#deps
    const { id } = this.#run.recorder.run
    if (this.#stopListening) return
    this.#heldSince = performance.now()
    this.#goOn = this.#run.timer?.hold()
    this.#stopListening = jobs.listen(id, () => {
      this.#inTurn(() => this.#reread()).catch(onError)
    })
  }

  /** Takes what other nodes, or other callers here, have done with the pause. */
  async #reread(): Promise<void> {
    if (!this.#pause) return
    const { storage, pausedCalls } = this.#deps
    const { recorder } = this.#run
    const stored = await storage.pauses.get(recorder.run.id)
    if (stored?.kind !== 'INPUT' || !isHeld(stored)) {
      // Another node took this one for dead, and has ended the run.
      this.#pause = undefined
      this.#release(() => cancel)
      return
    }
    this.#pause = stored
    const { settled } = stored.resume
    if (settled === null) return
    const { answers } = await pausedCalls.openInput(stored)
    // The run is RUNNING in the storage already.
    const isNews = settled === 'ANSWERED' && recorder.run.status === 'INPUT_REQUIRED'
    if (isNews) recorder.adopt({ status: 'RUNNING', input: answeredNow(recorder.run) })
    if (!(await this.#take(stored, this.#deps.onError))) return
    if (settled === 'ANSWERED') this.#release((key) => answers[key] ?? cancel)
    else this.#expire(inputTimeout(stored))
  }

  /** The server is told first, and the call ends then. */
  #expire(error: RegistryError): void {
    const { jobs } = this.#deps
    const { id } = this.#run.recorder.run
    this.#release(() => cancel)
    setImmediate(() => jobs.cancel(id, error))
  }

  /** Deletes the pause; the run is RUNNING from then on. False if another write came first. */
  async #take(pause: InputPause, onDelay: (error: unknown) => void): Promise<boolean> {
    const { inputPauses } = this.#deps
    const { recorder } = this.#run
    const isGoing = recorder.run.status !== 'INPUT_REQUIRED'
    const taken: Write = { kind: 'takePause', runId: pause.runId, version: pause.version }
    const resumed = isGoing ? [] : [inputPauses.commits.feedWrite(recorder.run, 'McpToolRunResumed')]
    const step = { status: 'RUNNING', input: answeredNow(recorder.run) } as const
    const isTaken = await this.#unlessLate(() =>
      recorder.proceed(isGoing ? undefined : step, [taken, ...resumed], onDelay),
    )
    if (!isTaken) return false
    this.#pause = undefined
    inputPauses.commits.notify(recorder.run)
    return true
  }

  /** One request is withdrawn, or its server says that it is done. */
  async #settleOne(key: string, answer: InputAnswer | undefined): Promise<void> {
    const { inputPauses, pausedCalls, onError } = this.#deps
    for (;;) {
      const pause = this.#pause
      const entry = this.#open.get(key)
      if (!pause || !entry || this.#isClosed) return
      const { answers, ...input } = await pausedCalls.openInput(pause)
      if (Object.hasOwn(answers, key)) return
      const requests = answer ? pause.requests : pause.requests.filter((each) => each.key !== key)
      const known = answer ? { ...answers, [key]: answer } : answers
      const isWhole = requests.every((each) => Object.hasOwn(known, each.key))
      const next = inputPauses.withRequests(pause, requests, { ...input, answers: known })
      const isStored = isWhole
        ? await this.#take(pause, onError)
        : await this.#unlessLate(() =>
            this.#run.recorder.proceed(undefined, inputPauses.replacing(pause, next), onError),
          )
      if (!isStored) {
        await this.#reread()
        continue
      }
      if (!answer) {
        this.#open.delete(key)
        entry.resolve(cancel)
      }
      if (isWhole) this.#release((each) => known[each] ?? cancel)
      else this.#pause = next
      return
    }
  }

  /** Gives the server its answers, and lets the deadlines go on. */
  #release(answerTo: (key: string) => InputAnswer): void {
    if (this.#stopListening) this.#heldMs += performance.now() - this.#heldSince
    this.#stopListening?.()
    this.#stopListening = undefined
    this.#goOn?.()
    this.#goOn = undefined
    for (const [key, { resolve }] of this.#open) resolve(answerTo(key))
    this.#open.clear()
  }
}
