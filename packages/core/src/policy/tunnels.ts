import { isIP, type LookupFunction } from 'node:net'
import { type buildConnector, type Dispatcher, Pool } from 'undici'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { NetworkPolicy } from './network-policy.ts'

export interface TunnelOptions {
  readonly policy: NetworkPolicy
  /** Looks up the addresses that the policy allows. */
  readonly checkedLookup: LookupFunction
}

/**
 * The proxy without its user and password. Error details have neither its code nor its status: they would be taken for
 * the server's.
 */
const nameOf = ({ protocol, host }: URL) => `${protocol}//${host}`

function unreachable(proxy: URL, cause: unknown): RegistryError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause))
  return new RegistryError('CONNECT_FAILED', `Could not reach the proxy ${nameOf(proxy)}: ${reason}`, {
    cause,
    retryable: true,
  })
}

function refused(proxy: URL, target: string, status: number): RegistryError {
  const advice = status === 407 ? '; it asks for credentials: put them into its URL' : ''
  const message = `The proxy ${nameOf(proxy)} answered HTTP ${status} to CONNECT ${target}${advice}`
  return new RegistryError('CONNECT_FAILED', message, { retryable: status >= 500 })
}

/** A connector to a proxy, whose errors say that the proxy was not reached. */
export function toProxy(proxy: URL, connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) callback(isRegistryError(error) ? error : unreachable(proxy, error), null)
      else callback(null, socket)
    })
}

/**
 * Connections to a proxy that carry tunnels (CONNECT, RFC 9110 section 9.3.6). The proxy is asked for the address that
 * the policy has checked, because it would look up a name anew; for the name only if the policy allows any address.
 */
export class Tunnels extends Pool {
  readonly #proxy: URL
  readonly #options: TunnelOptions

  constructor(proxy: URL, pool: Pool.Options, options: TunnelOptions) {
    super(proxy.origin, pool)
    this.#proxy = proxy
    this.#options = options
  }

  // The overload that a ProxyAgent uses.
  override async connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    const colon = options.path.lastIndexOf(':')
    const hosts = await this.#hostsOf(options.path.slice(0, colon).replace(/^\[|\]$/g, ''))
    let error: unknown
    for (const host of hosts) {
      const target = `${isIP(host) === 6 ? `[${host}]` : host}${options.path.slice(colon)}`
      const tunnel = await super.connect({ ...options, path: target })
      if (tunnel.statusCode === 200) return tunnel
      tunnel.socket.on('error', () => undefined).destroy()
      error = refused(this.#proxy, target, tunnel.statusCode)
      // A refusal holds for every other address, too.
      if (tunnel.statusCode < 500) break
    }
    throw error
  }

  async #hostsOf(hostname: string): Promise<readonly string[]> {
    const { policy, checkedLookup } = this.#options
    policy.assertHost(hostname)
    if (isIP(hostname) !== 0 || policy.takesAnyAddress(hostname)) return [hostname]
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
    checkedLookup(hostname, { all: true }, (error, found) => {
      if (error) reject(error)
      else resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address))
    })
    return promise
  }
}
