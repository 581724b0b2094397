import { hash } from 'node:crypto'
import { RegistryError } from '../base/errors.ts'
import type { RunId, TenantId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { PauseRecord } from '../model/pause.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { RunOptions } from './api.ts'
import type { ToolCall } from './tool-call.ts'

/** A call as its caller gave it: what a paused run needs to be sent, whatever its history has of it. */
export interface PausedCall {
  readonly args: JsonObject
  readonly options: Pick<RunOptions, 'agentId' | 'variables' | 'timeouts' | 'timeoutMs'>
}

/** Seals the calls of a tenant's paused runs, for the storage. */
export interface PausedCalls {
  seal(runId: RunId, call: ToolCall, options: RunOptions): PauseRecord['call']
  /** @throws SECRET_UNREADABLE if the key that sealed it is missing */
  open(pause: PauseRecord): Promise<PausedCall>
}

export function createPausedCalls(keyRing: KeyRing, tenantId: TenantId): PausedCalls {
  const contextOf = (runId: RunId) => JSON.stringify([tenantId, runId, 'call'])
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
      return keyRing.seal(JSON.stringify(call), contextOf(runId))
    },
    async open({ runId, call }) {
      const opened = await keyRing.open(call, contextOf(runId))
      // Sealed by the function above.
      if ('text' in opened) return JSON.parse(opened.text) as PausedCall
      throw new RegistryError(
        'SECRET_UNREADABLE',
        `The call of the paused run ${runId} cannot be read: ${opened.problem}`,
      )
    },
  }
}

/** What a decision is about, so that nothing else runs by it. */
export function askedAbout({ configFingerprint, definitionText }: ToolCall) {
  return { configFingerprint, definitionDigest: hash('sha256', definitionText) }
}
