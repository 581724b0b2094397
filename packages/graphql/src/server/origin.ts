import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request may come in. A page of another origin must not reach a server that can start commands, neither
 * directly (`Origin` is not this host) nor by a name of its own that leads here (`Host` is no loopback name: DNS
 * rebinding). Programs send no `Origin`.
 */
export function isOwnRequest(headers: Pick<IncomingHttpHeaders, 'host' | 'origin'>): boolean {
  const { host, origin } = headers
  if (host === undefined || !URL.canParse(`http://${host}`)) return false
  const { hostname, host: normalized } = new URL(`http://${host}`)
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
  if (!isLoopback) return false
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === normalized)
}
