import { isIP } from 'node:net'
import { RegistryError } from '../base/errors.ts'

/** RFC 8252 section 7.3: names and addresses of this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

/**
 * A URL of an authorization server or a resource: https, or http on this machine alone (OAuth 2.1 section 1.5), without
 * credentials in it. `what` begins the message.
 * @throws URL_BLOCKED
 */
export function secureUrl(text: string, what: string): URL {
  if (!URL.canParse(text)) throw blocked(what, 'is no absolute URL')
  const url = new URL(text)
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  if (!isSecure) throw blocked(what, `has to be https, and has the scheme ${url.protocol.slice(0, -1).slice(0, 40)}`)
  if (url.username !== '' || url.password !== '') throw blocked(what, 'has a user name or password in it')
  return url
}

const blocked = (what: string, problem: string) => new RegistryError('URL_BLOCKED', `${what} ${problem}`)
