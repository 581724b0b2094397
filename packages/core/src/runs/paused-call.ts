import { hash } from 'node:crypto'
import { RegistryError } from '../base/errors.ts'
import type { RunId, TenantId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { InputAnswer } from '../model/input-request.ts'
import type { InputPause, PauseRecord } from '../model/pause.ts'
import type { Sealed } from '../model/secret.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { RunOptions } from './api.ts'
import type { ToolCall } from './tool-call.ts'

export type PausedOptions = Pick<RunOptions, 'agentId' | 'variables' | 'timeouts' | 'timeoutMs'>

/** A call as its caller gave it: what a paused run needs to be sent, whatever its history has of it. */
export interface PausedCall {
  readonly args: JsonObject
  readonly options: PausedOptions
}

/** The part of a run's wait for input that no caller sees. */
export interface PausedInput {
  /** By the keys of the requests. */
  readonly answers: Readonly<Record<string, InputAnswer>>
  /** What the server wants to see again; absent if it gave nothing. */
  readonly requestState?: string
  /** Time that the call has taken so far, in ms: its deadlines go on from there. */
  readonly spentMs: number
}

/** Seals the calls of a tenant's paused runs, for the storage. */
export interface PausedCalls {
  seal(runId: RunId, call: Pick<ToolCall, 'args'>, options: PausedOptions): Sealed
  /** @throws SECRET_UNREADABLE if the key that sealed it is missing */
  open(pause: PauseRecord): Promise<PausedCall>
  sealInput(runId: RunId, input: PausedInput): Sealed
  /** @throws SECRET_UNREADABLE if the key that sealed it is missing */
  openInput(pause: InputPause): Promise<PausedInput>
}

export function createPausedCalls(keyRing: KeyRing, tenantId: TenantId): PausedCalls {
  const contextOf = (runId: RunId, what: 'call' | 'input') => JSON.stringify([tenantId, runId, what])

  async function openAs(runId: RunId, what: 'call' | 'input', sealed: Sealed): Promise<string> {
    const opened = await keyRing.open(sealed, contextOf(runId, what))
    if ('text' in opened) return opened.text
    throw new RegistryError(
      'SECRET_UNREADABLE',
      `The ${what} of the paused run ${runId} cannot be read: ${opened.problem}`,
    )
  }

  return {
    seal(runId, { args }, { agentId, variables, timeouts, timeoutMs }) {
      const call: PausedCall = {
        args,
        options: {
          ...(agentId === undefined ? {} : { agentId }),
          ...(variables === undefined ? {} : { variables }),
          ...(timeouts === undefined ? {} : { timeouts }),
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        },
      }
      return keyRing.seal(JSON.stringify(call), contextOf(runId, 'call'))
    },
    async open({ runId, call }) {
      // Sealed by the function above.
      return JSON.parse(await openAs(runId, 'call', call)) as PausedCall
    },
    // JSON has an escape for every unit that UTF-8 lacks, so that a state comes back byte for byte.
    sealInput: (runId, input) => keyRing.seal(JSON.stringify(input), contextOf(runId, 'input')),
    async openInput({ runId, input }) {
      // Sealed by the function above.
      return JSON.parse(await openAs(runId, 'input', input)) as PausedInput
    },
  }
}

/** What a decision is about, so that nothing else runs by it. */
export function askedAbout({ configFingerprint, definitionText }: ToolCall) {
  return { configFingerprint, definitionDigest: hash('sha256', definitionText) }
}
