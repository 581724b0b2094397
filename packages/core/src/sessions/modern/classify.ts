import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { type DiscoverResult, readDiscoverResult, versionsOf } from './discover-result.ts'
import { headerMismatch, missingCapability, modernVersion, unsupportedVersion } from './revision.ts'

/** What came of a `server/discover` that a server of unknown era was asked. */
export type ProbeAnswer =
  | { readonly kind: 'RESULT'; readonly result: JsonObject }
  /** A JSON-RPC error, whatever the HTTP status, which is absent over stdio. */
  | {
      readonly kind: 'RPC_ERROR'
      readonly code: number
      readonly message: string
      readonly data: JsonValue | undefined
      readonly status?: number | undefined
    }
  /** An HTTP status without a JSON-RPC error. */
  | { readonly kind: 'STATUS'; readonly status: number }
  /** The question could not be authorized. */
  | { readonly kind: 'UNAUTHORIZED' }
  /** Something came that is no answer: HTML, or a result that is no object. */
  | { readonly kind: 'NO_ANSWER' }
  /** Nothing came: a time-out, a refused or cut connection, a child that exited. */
  | { readonly kind: 'SILENCE' }

export type Verdict =
  | { readonly kind: 'MODERN'; readonly discovered: DiscoverResult }
  /** The server is modern, and names a version that is spoken here: to be asked once more with it. */
  | { readonly kind: 'ASK_AGAIN' }
  /** The server is modern, and cannot be used: its error is the caller's. */
  | { readonly kind: 'MODERN_ERROR'; readonly code: number; readonly message: string }
  /** The server named its versions, and none is spoken here. */
  | { readonly kind: 'INCOMPATIBLE'; readonly versions: readonly string[] }
  /** To be spoken to by `initialize`, and remembered as legacy if that succeeds. `versions`: those that it named. */
  | { readonly kind: 'LEGACY'; readonly versions: readonly string[] }
  /** The server wants to know who asks first. */
  | { readonly kind: 'AUTHORIZE' }
  /** Says nothing of the era: `initialize` may work, and nothing is remembered. */
  | { readonly kind: 'UNKNOWN' }

export interface ClassifyOptions {
  readonly transport: 'http' | 'stdio'
  /** Revisions with `initialize` that are spoken here. */
  readonly legacyVersions: readonly string[]
}

/** The verdict for a server that names the versions which it supports. */
function byVersions(versions: readonly string[], legacyVersions: readonly string[]): Verdict {
  const isLegacy = versions.some((version) => legacyVersions.includes(version))
  return isLegacy ? { kind: 'LEGACY', versions } : { kind: 'INCOMPATIBLE', versions }
}

function ofResult(result: JsonObject, { legacyVersions }: ClassifyOptions): Verdict {
  const discovered = readDiscoverResult(result)
  if (!discovered) return { kind: 'LEGACY', versions: [] }
  const { supportedVersions } = discovered
  if (supportedVersions.includes(modernVersion)) return { kind: 'MODERN', discovered }
  return byVersions(supportedVersions, legacyVersions)
}

/** Statuses that say nothing of the era: the server is busy, gave up waiting, or failed. */
const saysNothing = (status: number) => status === 408 || status === 429 || status >= 500

function ofStatus(status: number, { transport }: ClassifyOptions): Verdict {
  if (transport === 'stdio') return { kind: 'LEGACY', versions: [] }
  if (status === 401 || status === 403) return { kind: 'AUTHORIZE' }
  return saysNothing(status) ? { kind: 'UNKNOWN' } : { kind: 'LEGACY', versions: [] }
}

/**
 * The era of a server, by its answer to `server/discover` (MCP 2026-07-28, versioning, and the backward compatibility of
 * each transport).
 */
export function classify(answer: ProbeAnswer, options: ClassifyOptions): Verdict {
  switch (answer.kind) {
    case 'RESULT':
      return ofResult(answer.result, options)
    case 'RPC_ERROR': {
      const { code, message, data, status = 200 } = answer
      if (code === unsupportedVersion) {
        const versions = versionsOf(isJsonObject(data) ? data.supported : undefined)
        if (!versions) return { kind: 'LEGACY', versions: [] }
        return versions.includes(modernVersion) ? { kind: 'ASK_AGAIN' } : byVersions(versions, options.legacyVersions)
      }
      // "Correct the request": it is modern, and there is nothing here to correct.
      if (code === headerMismatch || code === missingCapability) return { kind: 'MODERN_ERROR', code, message }
      return ofStatus(status, options)
    }
    case 'STATUS':
      return ofStatus(answer.status, options)
    case 'UNAUTHORIZED':
      return { kind: 'AUTHORIZE' }
    case 'NO_ANSWER':
      return { kind: 'LEGACY', versions: [] }
    case 'SILENCE':
      return options.transport === 'stdio' ? { kind: 'LEGACY', versions: [] } : { kind: 'UNKNOWN' }
  }
}
