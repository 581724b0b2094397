import type { HeldTimer } from '../base/held-timer.ts'
import type { NodeId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { RunEvent } from '../model/events.ts'
import type { InputRequest } from '../model/input-request.ts'
import type { RunRecord } from '../model/job.ts'
import type { InputPause } from '../model/pause.ts'
import type { InputAnswered } from '../sessions/session.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { AskedCall, InputPauses } from './input-pauses.ts'
import type { PausedCalls } from './paused-call.ts'
import type { RunPauses } from './run-pauses.ts'
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

/** How the wait of a run begins, whether its call stays open or not. */
export class AskingSteps {
  readonly #deps: RunInputDeps
  readonly #recorder: RunRecorder

  constructor(deps: RunInputDeps, recorder: RunRecorder) {
    this.#deps = deps
    this.#recorder = recorder
  }

  get round(): number {
    return this.#recorder.run.input?.round ?? 0
  }

  /** @throws LIMIT_EXCEEDED if the server has asked too often, `more` times beside those that the run has waited for */
  assertRound(more: number): void {
    const { meter } = this.#deps
    const got = this.round + more
    if (got <= meter.budgets.inputRounds) return
    throw meter.exceeded('inputRounds', { what: 'Requests for input of one run', got })
  }

  /** The step of the run to its next wait. */
  next(): Pick<RunRecord, 'status' | 'input'> {
    const { input } = this.#recorder.run
    return { status: 'INPUT_REQUIRED', input: { round: this.round + 1, answeredAt: input?.answeredAt ?? null } }
  }

  requested({ expiresAt }: InputPause, requests: readonly InputRequest[]): RunEvent {
    return { type: 'ToolRunInputRequested', round: this.round + 1, requests, expiresAt }
  }

  /** The writes of a new pause. */
  beginning(pause: InputPause): readonly Write[] {
    const { commits } = this.#deps.inputPauses
    return [{ kind: 'insertPause', pause }, commits.feedWrite(this.#recorder.run, 'McpToolRunPaused')]
  }

  /** Once they are committed. */
  announce({ expiresAt }: InputPause): void {
    const { inputPauses, onPause } = this.#deps
    inputPauses.commits.notify(this.#recorder.run)
    onPause(expiresAt)
  }
}
