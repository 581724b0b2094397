import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import type { NetworkPolicy } from './network-policy.ts'

export interface ConnectorOptions {
  readonly policy: NetworkPolicy
  /** How long a connection may take. */
  readonly timeoutMs: number
  /** Aborting it ends every connection, those too that are being made: undici would wait for them. */
  readonly signal: AbortSignal
  /** Waits until a name may be looked up, and answers what tells that it was: the system looks up few at a time. */
  readonly lookupTurn: (signal: AbortSignal) => Promise<() => void>
  /** @default the system's */
  readonly resolve?: typeof lookup
}

/**
 * Looks up the addresses of a host that the policy allows. It is asked at every connection, for the very addresses that
 * are dialled, so that a name that resolves to something else the next time gets nowhere.
 */
export function createCheckedLookup({
  policy,
  timeoutMs,
  signal,
  lookupTurn,
  resolve = lookup,
}: ConnectorOptions): LookupFunction {
  /** A connection that was given up waits no longer; a look-up that has begun cannot be stopped. */
  const turn = () => lookupTurn(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))

  return (hostname, options, callback) => {
    const look = (giveBack: () => void) =>
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        giveBack()
        if (error) {
          callback(error, [])
          return
        }
        let allowed: readonly LookupAddress[]
        try {
          allowed = policy.allowed(hostname, addresses)
        } catch (refusal) {
          // What the policy throws is an error.
          callback(refusal as NodeJS.ErrnoException, [])
          return
        }
        const [first] = allowed
        if (options.all) callback(null, [...allowed])
        else callback(null, first?.address ?? '', first?.family)
      })
    turn().then(look, (reason: NodeJS.ErrnoException) => callback(reason, []))
  }
}

/** Connects as undici does, to the addresses that the policy allows. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const { policy, timeoutMs, signal } = options
  const connect = buildConnector({ timeout: timeoutMs, lookup: createCheckedLookup(options), signal })
  return (target, callback) => {
    try {
      // An address is dialled without being looked up.
      policy.assertHost(target.hostname)
    } catch (refusal) {
      // As above.
      callback(refusal as Error, null)
      return
    }
    connect(target, callback)
  }
}
