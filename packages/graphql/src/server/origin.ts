import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4 } from 'node:net'

type RequestHeaders = Pick<IncomingHttpHeaders, 'host' | 'origin'>

export interface OriginRules {
  /** Whether requests may name any host: only where the server listens to more than this machine, and asks for keys. */
  readonly anyHost: boolean
  /** Origins beside the server's own whose pages may ask, as browsers send them: `https://a.example`. */
  readonly allowedOrigins: ReadonlySet<string>
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

/** The origin of the text as browsers send it; undefined for whatever is none. */
export function parseOrigin(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@*\\\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text).origin
}

/** Name and port, without the port that goes without saying. */
function parseHost(host: string | undefined): URL | undefined {
  return host && /^[^/?#@\\\s]+$/.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined
}

/** Whether a browser's page of this origin may ask; programs send no `Origin`. Never `null`, which anybody can send. */
export function isOwnOrigin({ host, origin }: RequestHeaders, allowedOrigins: ReadonlySet<string>): boolean {
  if (origin === undefined || allowedOrigins.has(origin)) return true
  const own = parseOrigin(origin)
  return own !== undefined && new URL(own).host === parseHost(host)?.host
}

/**
 * Whether a request may come in. A page of another origin must not reach a server that can start commands, neither
 * directly (`Origin` is not this host) nor by a name of its own that leads here (`Host` is no loopback name: DNS
 * rebinding). The host of an allowed origin may be named too, as a proxy on this machine passes it on.
 */
export function isOwnRequest(headers: RequestHeaders, { anyHost, allowedOrigins }: OriginRules): boolean {
  const host = parseHost(headers.host)
  if (!host) return false
  const isNamed = () => [...allowedOrigins].some((origin) => new URL(origin).host === host.host)
  return (anyHost || isLoopback(host.hostname) || isNamed()) && isOwnOrigin(headers, allowedOrigins)
}
