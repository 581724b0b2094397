import { isIPv4 } from 'node:net'
import { isOwnOrigin, type OriginHeaders, parseHost } from '@toolyard/graphql/internal/origin'

export interface OriginRules {
  /** Whether requests may name any host: only if the server listens to more than this machine, and asks for keys. */
  readonly anyHost: boolean
  /** Origins beside the server's own whose pages may send requests, as browsers write them: `https://a.example`. */
  readonly allowedOrigins: ReadonlySet<string>
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

/**
 * Whether a request is accepted. A page of another origin must not reach a server that can start commands: neither
 * directly (`Origin` is not this host), nor by a name of its own that leads here. Such a name is no loopback name in
 * `Host` (DNS rebinding). The host of an allowed origin is accepted, too, as a proxy on this machine passes it on.
 */
export function isOwnRequest(headers: OriginHeaders, { anyHost, allowedOrigins }: OriginRules): boolean {
  const host = parseHost(headers.host)
  if (!host) return false
  const isNamed = () => [...allowedOrigins].some((origin) => new URL(origin).host === host.host)
  return (anyHost || isLoopback(host.hostname) || isNamed()) && isOwnOrigin(headers, allowedOrigins)
}
