import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { endingWith } from './ending-with.ts'
import type { NetworkPolicy } from './network-policy.ts'

export interface ConnectorOptions {
  readonly policy: NetworkPolicy
  /** Longest time to open a connection, in ms. */
  readonly timeoutMs: number
  /** Aborting it ends every connection, also those being opened, for which undici would wait. */
  readonly signal: AbortSignal
  /**
   * Waits until a name may be looked up; resolves with the function to call after it. The system looks up few at a
   * time.
   */
  readonly lookupTurn: (signal: AbortSignal) => Promise<() => void>
  /** @default the system's look-up */
  readonly resolve?: typeof lookup
}

/**
 * Looks up the addresses of a host that the policy allows. Runs for every connection, and returns the very addresses
 * that are dialled. So a name cannot resolve to another address after the check (DNS rebinding).
 */
export function createCheckedLookup({
  policy,
  timeoutMs,
  signal,
  lookupTurn,
  resolve = lookup,
}: ConnectorOptions): LookupFunction {
  /** Ends the wait of an abandoned connection; a look-up that has begun cannot be stopped. */
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
          // The policy throws errors only.
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
  const connect = endingWith(signal, buildConnector({ timeout: timeoutMs, lookup: createCheckedLookup(options) }))
  return (target, callback) => {
    try {
      // An address is dialled without a look-up.
      policy.assertHost(target.hostname)
    } catch (refusal) {
      // As above.
      callback(refusal as Error, null)
      return
    }
    connect(target, callback)
  }
}
