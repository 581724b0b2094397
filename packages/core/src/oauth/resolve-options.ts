import { invalidInput } from '../base/errors.ts'
import { assertKnownOptions } from '../base/known-options.ts'
import type { OAuthOptions, ResolvedOAuthOptions } from './options.ts'
import { isLoopbackHost } from './secure-url.ts'

const known: Readonly<Record<keyof Required<OAuthOptions>, true>> = {
  callbackUrl: true,
  redirectUris: true,
  clientMetadataUrl: true,
  clientName: true,
}
const maxNameLength = 200
/** Schemes that browsers run or read themselves, in place of passing them to an application. */
const forbiddenSchemes: ReadonlySet<string> = new Set([
  ...['javascript:', 'vbscript:', 'data:', 'blob:', 'file:', 'filesystem:', 'about:', 'view-source:', 'ftp:'],
  ...['ws:', 'wss:'],
])

/** @throws INVALID_INPUT that names the option */
export function resolveOAuth(options: OAuthOptions): ResolvedOAuthOptions {
  assertKnownOptions('options.oauth', options, Object.keys(known))
  const { callbackUrl, redirectUris = [], clientMetadataUrl, clientName = 'toolyard' } = options
  if (callbackUrl !== undefined) assertRedirect(['oauth', 'callbackUrl'], callbackUrl)
  for (const [index, uri] of redirectUris.entries()) assertRedirect(['oauth', 'redirectUris', String(index)], uri)
  if (clientMetadataUrl !== undefined) assertDocumentUrl(clientMetadataUrl)
  if (clientName.trim() === '' || clientName.length > maxNameLength) {
    const expected = `oauth.clientName: expected 1 to ${maxNameLength} characters, got ${clientName.length}`
    throw invalidInput(['oauth', 'clientName'], expected)
  }
  return Object.freeze({ callbackUrl, redirectUris: Object.freeze([...redirectUris]), clientMetadataUrl, clientName })
}

/** OAuth 2.1 section 2.3: absolute, without a fragment. A scheme of an application's own is one, too (RFC 8252 section 7.1). */
function assertRedirect(path: readonly string[], uri: string): void {
  const url = typeof uri === 'string' && URL.canParse(uri) ? new URL(uri) : undefined
  const isForbidden =
    url === undefined || forbiddenSchemes.has(url.protocol) || url.username !== '' || url.password !== ''
  const isPlain = url?.protocol === 'http:' && !isLoopbackHost(url.hostname)
  if (!isForbidden && !isPlain && url.hash === '') return
  const expected = 'expected an absolute https URI, or one of this machine, without a fragment'
  throw invalidInput(
    path,
    `${path.join('.')}: ${expected}, got ${url ? `the scheme ${url.protocol.slice(0, -1)}` : 'no URI'}`,
  )
}

/** Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document), section 3. */
function assertDocumentUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' && url.pathname !== '/' && url.hash === '' && url.username === '') return
  const message = 'oauth.clientMetadataUrl: expected an https URL with a path, without credentials and fragment'
  throw invalidInput(['oauth', 'clientMetadataUrl'], message)
}
