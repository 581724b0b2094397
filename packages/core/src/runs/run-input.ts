import type { InputAnswer, InputRequest } from '../model/input-request.ts'
import type { RunRecord } from '../model/job.ts'
import type { InputPause } from '../model/pause.ts'
import type { CallInput, InputAnswered, InputAsked } from '../sessions/session.ts'
import { type AskingRun, AskingSteps, type RunInputDeps } from './asking-run.ts'
import { HeldInput } from './held-input.ts'

/**
 * The requests for input of one run, on the node that works on it. Those of a server that waits for the answers (MCP
 * 2025-11-25) keep the call open; those that are the answer to the call (MCP 2026-07-28) end its work here.
 */
export class RunInput implements CallInput {
  readonly #deps: RunInputDeps
  readonly #run: AskingRun
  #madeSteps: AskingSteps | undefined
  readonly #startedAt = performance.now()
  /** Set once its server asks while the call is open, as few do. */
  #held: HeldInput | undefined
  /** Called when the run begins to wait while its call stays open. */
  onHeld: ((run: RunRecord) => void) | undefined

  constructor(deps: RunInputDeps, run: AskingRun) {
    this.#deps = deps
    this.#run = run
  }

  /** Made for a run whose server asks. */
  get #steps(): AskingSteps {
    this.#madeSteps ??= new AskingSteps(this.#deps, this.#run.recorder)
    return this.#madeSteps
  }

  get actor(): string | null {
    return this.#run.recorder.run.actor
  }

  get answered(): InputAnswered | undefined {
    return this.#run.answered
  }

  /** @throws LIMIT_EXCEEDED if the server has asked too often, `more` times beside those that the run has waited for */
  assertRound(more: number): void {
    this.#steps.assertRound(more)
  }

  ask(request: InputRequest, signal: AbortSignal): Promise<InputAnswer> {
    this.#held ??= new HeldInput(this.#deps, this.#run, this.#steps, (run) => this.onHeld?.(run))
    return this.#held.ask(request, signal)
  }

  /**
   * Has the run wait for what its server asked as the answer to the call. Nothing of it stays in this process.
   *
   * @throws LIMIT_EXCEEDED
   */
  async pause({ requests, requestState, resume }: InputAsked, onDelay: (error: unknown) => void): Promise<InputPause> {
    const { pauses, inputPauses } = this.#deps
    const spentMs = Math.round(this.#run.spentMs + performance.now() - this.#startedAt - (this.#held?.heldMs ?? 0))
    this.#steps.assertRound(1)
    await pauses.assertRoom()
    const { recorder } = this.#run
    const input = { answers: {}, spentMs, ...(requestState === undefined ? {} : { requestState }) }
    const pause = inputPauses.begin(recorder.run, this.#run, { requests, input, resume: { kind: resume } })
    const writes = [...this.#steps.beginning(pause)]
    await recorder.leave(this.#steps.next(), [this.#steps.requested(pause, requests)], writes, onDelay)
    this.#steps.announce(pause)
    return pause
  }

  /** Ends the wait with the call: whatever the server still waits for is cancelled. Never rejects; undefined if it never asked. */
  close(onDelay: (error: unknown) => void): Promise<void> | undefined {
    return this.#held?.close(onDelay)
  }
}
