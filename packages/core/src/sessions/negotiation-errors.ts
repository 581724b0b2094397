import { RegistryError } from '../base/errors.ts'
import type { Verdict } from './modern/classify.ts'
import type { Probed } from './modern/probe.ts'
import { modernVersion } from './modern/revision.ts'
import { supportedProtocolVersions } from './protocol-versions.ts'
import { RpcError } from './rpc-error.ts'

const listed = (versions: readonly string[]) => (versions.length === 0 ? 'no version' : versions.join(', '))

const refused = (message: string, cause?: unknown) => new RegistryError('CONNECT_FAILED', message, { cause })

/** The verdicts after which a session can begin. */
export type UsableVerdict = Extract<Verdict, { kind: 'MODERN' | 'LEGACY' | 'UNKNOWN' }>

/**
 * The verdict on a server, if a session can begin after it; throws otherwise. `mayFallBack`: whether `initialize` may be
 * tried.
 */
export function usableVerdict({ verdict, cause }: Probed, mayFallBack: boolean): UsableVerdict {
  switch (verdict.kind) {
    case 'MODERN':
      return verdict
    case 'MODERN_ERROR':
      throw new RpcError(verdict.code, verdict.message)
    case 'INCOMPATIBLE': {
      const known = [modernVersion, ...supportedProtocolVersions].join(', ')
      throw refused(`The server supports ${listed(verdict.versions)}; expected one of the protocol versions ${known}`)
    }
    case 'AUTHORIZE':
      throw cause
    case 'LEGACY': {
      if (mayFallBack) return verdict
      const named = verdict.versions.length === 0 ? '' : ` (it names ${listed(verdict.versions)})`
      const message = `The server does not speak ${modernVersion}${named}; set protocolEra to AUTO or LEGACY to use it`
      throw refused(message, cause)
    }
    case 'UNKNOWN':
      if (mayFallBack) return verdict
      throw cause
  }
}

/** The error of a server that refuses `initialize`, though nothing else may be tried, and names its versions. */
export function refusedInitialize(versions: readonly string[], cause: unknown): RegistryError {
  const message = `The server refuses initialize and supports ${listed(versions)}; set protocolEra to AUTO or MODERN to use it`
  return refused(message, cause)
}
