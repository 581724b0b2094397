import { invalidInput } from '../base/errors.ts'
import type { OAuthConfig } from '../model/oauth.ts'
import type { HttpConfig, ServerConfig } from '../model/server.ts'
import type { NetworkPolicy } from '../policy/network-policy.ts'

export interface OAuthPaths {
  /** The path of `auth` in the caller's input. */
  readonly auth: readonly string[]
  /** The path of the headers. */
  readonly headers: readonly string[]
}

const authorization = 'authorization'

/**
 * Checks that tokens have their header to themselves. A header that `before` has too is not in the caller's input, so its
 * error is at `auth`.
 *
 * @throws INVALID_INPUT
 */
function checkHeaders(headers: HttpConfig['headers'], before: ServerConfig | undefined, paths: OAuthPaths): void {
  const own = headers.find(({ name }) => name.toLowerCase() === authorization)
  if (!own) return
  const isStored = before !== undefined && before.transport !== 'stdio' && before.headers.includes(own)
  const message = `expected no header ${own.name} beside OAuth, which sets it with each request`
  if (isStored) throw invalidInput([...paths.auth, 'oauth'], `${message}; remove it, or keep the server without OAuth`)
  throw invalidInput([...paths.headers, own.name], `${own.name}: ${message}`)
}

/**
 * Checks a configuration with OAuth against the registry's rules.
 *
 * @throws INVALID_INPUT for a header `Authorization` beside OAuth
 * @throws URL_BLOCKED for a host that the network policy blocks
 */
export function checkOAuth(
  config: HttpConfig & { readonly auth: OAuthConfig },
  before: ServerConfig | undefined,
  network: NetworkPolicy,
  paths: OAuthPaths,
): void {
  checkHeaders(config.headers, before, paths)
  const { issuer, idp } = config.auth
  const urls: readonly (readonly [string | null | undefined, readonly string[]])[] = [
    [issuer, ['issuer']],
    [idp?.issuer, ['idp', 'issuer']],
    [idp?.tokenEndpoint, ['idp', 'tokenEndpoint']],
  ]
  for (const [url, path] of urls) {
    if (url != null) network.assertHost(new URL(url).hostname, [...paths.auth, 'oauth', ...path])
  }
}
