import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { HeldTimer } from '../base/held-timer.ts'
import type { NodeId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { RunEvent } from '../model/events.ts'
import type { InputAnswer, InputRequest } from '../model/input-request.ts'
import type { RunRecord } from '../model/job.ts'
import type { InputPause, InputResume } from '../model/pause.ts'
import { type CallInput, type InputAnswered, type InputAsked, requestDone } from '../sessions/session.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { type AskedCall, answeredNow, type InputPauses, isHeld } from './input-pauses.ts'
import type { PausedCalls, PausedInput } from './paused-call.ts'
import { inputTimeout, type RunPauses } from './run-pauses.ts'
import type { RunRecorder } from './run-recorder.ts'

export interface RunInputDeps {
  readonly storage: TenantStorage
  readonly meter: BudgetMeter
  readonly jobs: RunningJobs
  readonly nodes: { readonly self: NodeId }
  readonly pauses: RunPauses
  readonly inputPauses: InputPauses
  readonly pausedCalls: PausedCalls
  /** Receives when a new pause expires, in epoch ms. */
  readonly onPause: (expiresAt: number) => void
  readonly onError: (error: unknown) => void
}

/** The run that asks, as the node that works on it has it. */
export interface AskingRun extends AskedCall {
  readonly recorder: RunRecorder
  /** What the call tells its server that has asked before. */
  readonly answered: InputAnswered | undefined
  /** Time that its call took before it waited, in ms. */
  readonly spentMs: number
  /** The caller's own deadline, which a wait does not count against. */
  readonly timer: HeldTimer | undefined
}

interface OpenRequest {
  readonly request: InputRequest
  readonly resolve: (answer: InputAnswer) => void
}

const cancel: InputAnswer = { action: 'CANCEL' }

/**
 * The requests for input of one run, on the node that works on it. Those of a server that waits for the answers (MCP
 * 2025-11-25) keep the call open; those that are the answer to the call (MCP 2026-07-28) end its work here.
 */
export class RunInput implements CallInput {
  readonly #deps: RunInputDeps
  readonly #run: AskingRun
  /** The last step, so that each begins with what the one before it has stored. */
  #last: Promise<unknown> | undefined
  #pause: InputPause | undefined
  readonly #open = new Map<string, OpenRequest>()
  #stopListening: (() => void) | undefined
  #goOn: (() => void) | undefined
  readonly #startedAt = performance.now()
  #heldSince = 0
  /** Time that it has waited while its call stayed open, in ms. */
  #heldMs = 0
  #isClosed = false
  /** Called when the run begins to wait while its call stays open. */
  onHeld: ((run: RunRecord) => void) | undefined

  constructor(deps: RunInputDeps, run: AskingRun) {
    this.#deps = deps
    this.#run = run
  }

  get actor(): string | null {
    return this.#run.recorder.run.actor
  }

  get answered(): InputAnswered | undefined {
    return this.#run.answered
  }

  get #round(): number {
    return this.#run.recorder.run.input?.round ?? 0
  }

  /** @throws LIMIT_EXCEEDED if the server has asked too often, `more` times beside those that the run has waited for */
  assertRound(more = 1): void {
    const { meter } = this.#deps
    const got = this.#round + more
    if (got > meter.budgets.inputRounds)
      throw meter.exceeded('inputRounds', { what: 'Requests for input of one run', got })
  }

  async ask(given: InputRequest, signal: AbortSignal): Promise<InputAnswer> {
    const { promise, resolve } = Promise.withResolvers<InputAnswer>()
    const key = await this.#inTurn(() => this.#hold(given, resolve))
    const onAbort = () => {
      const done = signal.reason === requestDone
      this.#inTurn(() => this.#settleOne(key, done ? { action: 'ACCEPT' } : undefined)).catch(this.#deps.onError)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    return await promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /**
   * Has the run wait for what its server asked as the answer to the call. Nothing of it stays in this process.
   *
   * @throws LIMIT_EXCEEDED
   */
  async pause({ requests, requestState, resume }: InputAsked, onDelay: (error: unknown) => void): Promise<InputPause> {
    const { pauses, inputPauses } = this.#deps
    const spentMs = Math.round(this.#run.spentMs + performance.now() - this.#startedAt - this.#heldMs)
    this.assertRound()
    await pauses.assertRoom()
    const { recorder } = this.#run
    const input = { answers: {}, spentMs, ...(requestState === undefined ? {} : { requestState }) }
    const pause = inputPauses.begin(recorder.run, this.#run, { requests, input, resume: { kind: resume } })
    const writes = [...this.#beginning(pause)]
    await recorder.leave(this.#asks(), [this.#requested(pause, requests)], writes, onDelay)
    this.#announce(pause)
    return pause
  }

  /** Ends the wait with the call: whatever the server still waits for is cancelled. Never rejects. */
  async close(onDelay: (error: unknown) => void): Promise<void> {
    if (!this.#last) return
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
    const next = this.#last ? this.#last.then(step, step) : step()
    this.#last = next.catch(() => undefined)
    return next
  }

  #asks(): Pick<RunRecord, 'status' | 'input'> {
    const { input } = this.#run.recorder.run
    return { status: 'INPUT_REQUIRED', input: { round: this.#round + 1, answeredAt: input?.answeredAt ?? null } }
  }

  #requested({ expiresAt }: InputPause, requests: readonly InputRequest[]): RunEvent {
    return { type: 'ToolRunInputRequested', round: this.#round + 1, requests, expiresAt }
  }

  #beginning(pause: InputPause): readonly Write[] {
    const { commits } = this.#deps.inputPauses
    return [{ kind: 'insertPause', pause }, commits.feedWrite(this.#run.recorder.run, 'McpToolRunPaused')]
  }

  #announce({ expiresAt }: InputPause): void {
    const { inputPauses, onPause } = this.#deps
    inputPauses.commits.notify(this.#run.recorder.run)
    onPause(expiresAt)
  }

  /** Stores that the run waits for one more answer; answers the key of the request. */
  async #hold(given: InputRequest, resolve: OpenRequest['resolve']): Promise<string> {
    const { meter, pauses, inputPauses, nodes } = this.#deps
    const { recorder } = this.#run
    if (this.#isClosed) throw new RegistryError('CANCELED', 'The call has ended')
    if (this.#open.size >= meter.budgets.inputRequests) {
      throw meter.exceeded('inputRequests', { what: 'Requests for input at a time', got: this.#open.size + 1 })
    }
    this.assertRound()
    const key = String(this.#round + 1)
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
      const writes = before ? inputPauses.replacing(before, next) : this.#beginning(next)
      const isStored = await this.#unlessLate(() =>
        recorder.step(this.#asks(), [this.#requested(next, [request])], writes),
      )
      if (!isStored) {
        await this.#reread()
        continue
      }
      this.#pause = next
      this.#open.set(key, { request, resolve })
      this.#listen()
      this.#announce(next)
      this.onHeld?.(recorder.run)
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
