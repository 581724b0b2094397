import type { IncomingHttpHeaders } from 'node:http'

export type OriginHeaders = Pick<IncomingHttpHeaders, 'host' | 'origin'>

/** Returns the origin in the text as browsers send it, or undefined if the text is not an origin. */
export function parseOrigin(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@*\\\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text).origin
}

/** Parses name and port, without a default port. */
export function parseHost(host: string | undefined): URL | undefined {
  return host && /^[^/?#@\\\s]+$/.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined
}

/** Whether a page of this origin may send requests; programs send no `Origin`. Never `null`, which any page can send. */
export function isOwnOrigin({ host, origin }: OriginHeaders, allowedOrigins: ReadonlySet<string>): boolean {
  if (origin === undefined || allowedOrigins.has(origin)) return true
  const own = parseOrigin(origin)
  return own !== undefined && new URL(own).host === parseHost(host)?.host
}
