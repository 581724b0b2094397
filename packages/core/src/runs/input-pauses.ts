import type { InputRequest } from '../model/input-request.ts'
import type { RunRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { InputPause, InputResume } from '../model/pause.ts'
import type { Write } from '../storage/write.ts'
import { createPauseCommits, type PauseCommits } from './pause-commits.ts'
import { askedAbout, type PausedInput, type PausedOptions } from './paused-call.ts'
import type { RunPausesDeps } from './run-pauses.ts'
import type { ToolCall } from './tool-call.ts'

/** Beyond any pause: a settled one does not expire. */
const never = Number.MAX_SAFE_INTEGER

/** The call of a run that its server asks about. */
export interface AskedCall {
  readonly call: ToolCall
  readonly options: PausedOptions
  /** How long each of its pauses lasts, in ms. */
  readonly inputTimeoutMs: number
}

/** How the wait of a run for input begins, changes and ends in the storage. */
export interface InputPauses {
  readonly commits: PauseCommits
  /** A new pause of the run. The node that works on it stores it. */
  begin(run: RunRecord, asked: AskedCall, of: NewPause): InputPause
  /** The pause with these requests from now on; its time begins anew if there are more of them. */
  withRequests(pause: InputPause, requests: readonly InputRequest[], input: PausedInput): InputPause
  /** The writes that replace a pause by its next version. REVISION_CONFLICT if another write came first. */
  replacing(pause: InputPause, next: InputPause): readonly Write[]
  /** Stores a part of the answers. False if another write came first. */
  answerSome(run: RunRecord, pause: InputPause, input: PausedInput, writes: readonly Write[]): Promise<boolean>
  /** Has the node that holds the session go on, by the answers or as the time has passed; undefined likewise. */
  settle(run: RunRecord, pause: HeldPause, settled: SettledPause): Promise<RunRecord | undefined>
  /** Has the run go on in state RUNNING, on this node; undefined likewise. */
  goOn(
    run: RunRecord,
    pause: InputPause,
    step: Pick<RunRecord, 'ownerId'> & { writes: readonly Write[] },
  ): Promise<RunRecord | undefined>
}

export interface NewPause {
  readonly requests: readonly InputRequest[]
  readonly input: PausedInput
  readonly resume: InputResume
}

export type HeldPause = InputPause & { readonly resume: { readonly kind: 'REPLY' } }

export type SettledPause =
  | { readonly kind: 'ANSWERED'; readonly input: PausedInput; readonly writes: readonly Write[] }
  | { readonly kind: 'EXPIRED' }

export const isHeld = (pause: InputPause): pause is HeldPause => pause.resume.kind === 'REPLY'

export function createInputPauses(deps: RunPausesDeps): InputPauses {
  const { pausedCalls } = deps
  const commits = createPauseCommits(deps)

  const replacing: InputPauses['replacing'] = ({ runId, version }, next) => [
    { kind: 'takePause', runId, version },
    { kind: 'insertPause', pause: next },
  ]

  function nextOf(pause: InputPause, input: PausedInput): InputPause {
    const answered = Object.keys(input.answers)
    return { ...pause, version: pause.version + 1, answered, input: pausedCalls.sealInput(pause.runId, input) }
  }

  return {
    commits,
    begin({ id: runId, serverId }, { call, options, inputTimeoutMs }, { requests, input, resume }) {
      return {
        kind: 'INPUT',
        runId,
        serverId,
        version: 1,
        timeoutMs: inputTimeoutMs,
        expiresAt: Date.now() + inputTimeoutMs,
        ...askedAbout(call),
        call: pausedCalls.seal(runId, call, options),
        requests,
        answered: [],
        input: pausedCalls.sealInput(runId, input),
        resume,
      }
    },
    withRequests(pause, requests, input) {
      const isAskedMore = requests.length > pause.requests.length
      const expiresAt = isAskedMore ? Date.now() + pause.timeoutMs : pause.expiresAt
      return { ...nextOf(pause, input), requests, expiresAt }
    },
    replacing,
    async answerSome(run, pause, input, writes) {
      const next: Write = { kind: 'insertPause', pause: nextOf(pause, input) }
      const before = advance(run, { status: 'INPUT_REQUIRED' })
      return commits.take(before, pause, { writes: [next, ...writes], type: undefined, events: [] })
    },
    async settle(before, pause, settled) {
      const { resume } = pause
      const next: InputPause = {
        ...(settled.kind === 'ANSWERED' ? nextOf(pause, settled.input) : { ...pause, version: pause.version + 1 }),
        expiresAt: never,
        resume: { ...resume, settled: settled.kind },
      }
      const inserted: Write = { kind: 'insertPause', pause: next }
      if (settled.kind === 'EXPIRED') {
        const waiting = advance(before, { status: 'INPUT_REQUIRED' })
        return (await commits.take(waiting, pause, { writes: [inserted], type: undefined, events: [] }))
          ? waiting
          : undefined
      }
      const run = advance(before, { status: 'RUNNING', input: answeredNow(before) })
      const step = { writes: [inserted, ...settled.writes], type: 'McpToolRunResumed', events: [] } as const
      return (await commits.take(run, pause, step)) ? run : undefined
    },
    async goOn(before, pause, { ownerId, writes }) {
      const run = advance(before, { status: 'RUNNING', ownerId, input: answeredNow(before) })
      const step = { writes, type: 'McpToolRunResumed', events: [] } as const
      return (await commits.take(run, pause, step)) ? run : undefined
    },
  }
}

export function answeredNow({ input }: RunRecord): RunRecord['input'] {
  return { round: input?.round ?? 1, answeredAt: Date.now() }
}
