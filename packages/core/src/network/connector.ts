import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import type { NetworkPolicy } from './network-policy.ts'

/**
 * Connects as undici does, to the addresses that the policy allows: it is asked for the very addresses that are dialled,
 * at every connection, so that a name that resolves to something else the next time gets nowhere. `resolve` is the system's
 * unless somebody has another.
 */
export function createConnector(
  policy: NetworkPolicy,
  timeoutMs: number,
  resolve: typeof lookup = lookup,
): buildConnector.connector {
  const checkedLookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
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
  }
  const connect = buildConnector({ timeout: timeoutMs, lookup: checkedLookup })
  return (options, callback) => {
    try {
      // An address is dialled without being looked up.
      policy.assertHost(options.hostname)
    } catch (refusal) {
      // As above.
      callback(refusal as Error, null)
      return
    }
    connect(options, callback)
  }
}
