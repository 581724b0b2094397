/** An address in parts: its host is what tells where it leads. */
export interface UrlParts {
  readonly href: string
  /** With `//`. */
  readonly scheme: string
  /** With the port. Letters beyond ASCII are in Punycode, so that none looks like another. */
  readonly host: string
  /** Path, query and fragment. */
  readonly rest: string
}

/** The parts of an address that a person may be sent to: http or https, without a user name. Undefined for any other text. */
export function urlParts(text: string): UrlParts | undefined {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  if (url.username !== '' || url.password !== '' || url.host === '') return undefined
  const { href, protocol, host } = url
  const scheme = `${protocol}//`
  return { href, scheme, host, rest: href.slice(scheme.length + host.length) }
}
