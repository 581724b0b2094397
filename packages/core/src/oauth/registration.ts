import type { OAuthClientInformationFull } from '@modelcontextprotocol/client'
import { RegistryError } from '../base/errors.ts'

/** Longest client id and client secret, in characters: they are stored, and sent with each request for tokens. */
const maxLength = 4_096
/** RFC 6749 appendixes A.1 and A.2. */
const printable = /^[\x20-\x7e]+$/

/**
 * What is kept of the answer of a registration endpoint (RFC 7591 section 3.2.1): the client, how it authenticates itself,
 * and until when. The access token for the registration itself (RFC 7592) is never used, so it is not kept.
 *
 * @throws CONNECT_FAILED
 */
export function registrationOf(
  answer: OAuthClientInformationFull,
  redirectUri: string,
  what: string,
): OAuthClientInformationFull {
  const { client_id: clientId, client_secret: secret, client_secret_expires_at: expiresAt } = answer
  const { token_endpoint_auth_method: method } = answer
  for (const text of [clientId, ...(secret === undefined ? [] : [secret])]) {
    if (text.length <= maxLength && printable.test(text)) continue
    const message = `${what}: it registers this client with an id or a secret that is empty, has over ${maxLength} characters, or has others than printable ones`
    throw new RegistryError('CONNECT_FAILED', message)
  }
  return {
    client_id: clientId,
    redirect_uris: [redirectUri],
    ...(secret === undefined ? {} : { client_secret: secret }),
    ...(expiresAt === undefined ? {} : { client_secret_expires_at: expiresAt }),
    ...(method === undefined || method.length > maxLength ? {} : { token_endpoint_auth_method: method }),
  }
}
