import type { OAuthClientInformationMixed, OAuthClientProvider } from '@modelcontextprotocol/client'
import { RegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { OAuthClientRegistration, OAuthConfig } from '../model/oauth.ts'
import type { OAuthSecretName } from '../model/oauth-secrets.ts'
import type { SecretValue } from '../model/secret-value.ts'
import { parsePrivateKey } from '../secrets/private-key.ts'
import { authRequired } from './failures.ts'
import { shown } from './foreign-fetch.ts'
import type { Sdk } from './sdk.ts'
import type { Vault } from './vault.ts'

/** How this client proves at a token endpoint who it is. */
export interface ClientAuthentication {
  /** Undefined: the assertion alone says who asks (RFC 7521 section 4.1). */
  readonly clientInformation: OAuthClientInformationMixed | undefined
  readonly addClientAuthentication?: NonNullable<OAuthClientProvider['addClientAuthentication']>
}

/** Reads a secret of a server's OAuth configuration. */
export type ReadSecret = (
  serverId: ServerId,
  name: OAuthSecretName,
  value: SecretValue,
  signal: AbortSignal,
) => Promise<string>

export interface AuthenticationRequest {
  readonly serverId: ServerId
  readonly config: OAuthConfig
  readonly issuer: string
  readonly clientId: string | null
  readonly registration: OAuthClientRegistration
  readonly redirectUri: string | null
}

/** @throws AUTH_REQUIRED, SECRET_UNREADABLE */
export async function authenticateClient(
  sdk: Sdk,
  request: AuthenticationRequest,
  { vault, readSecret }: { readonly vault: Vault; readonly readSecret: ReadSecret },
  signal: AbortSignal,
): Promise<ClientAuthentication> {
  const { serverId, config, issuer, clientId, registration, redirectUri } = request
  if (clientId === null) return { clientInformation: undefined }
  if (registration === 'METADATA_DOCUMENT') return { clientInformation: { client_id: clientId } }
  if (registration === 'DYNAMIC') {
    const known = redirectUri === null ? undefined : await vault.client(issuer, redirectUri)
    if (known?.client_id === clientId) return { clientInformation: known }
    throw authRequired(
      `The registration of this client at ${shown(issuer)} is no longer there; connect the server again`,
    )
  }
  if (config.privateKey) {
    const pem = await readSecret(serverId, 'privateKey', config.privateKey, signal)
    const parsed = parsePrivateKey(pem)
    if ('problem' in parsed) throw new RegistryError('SECRET_UNREADABLE', `The privateKey of OAuth: ${parsed.problem}`)
    const alg = config.signingAlgorithm ?? parsed.algorithms[0]
    // The SDK reads PKCS #8 alone; owners also have the older forms of PEM.
    const privateKey = String(parsed.key.export({ type: 'pkcs8', format: 'pem' }))
    const options = { issuer: clientId, subject: clientId, privateKey, alg }
    return {
      clientInformation: { client_id: clientId },
      addClientAuthentication: sdk.createPrivateKeyJwtAuth(options),
    }
  }
  if (!config.clientSecret) return { clientInformation: { client_id: clientId } }
  const secret = await readSecret(serverId, 'clientSecret', config.clientSecret, signal)
  return { clientInformation: { client_id: clientId, client_secret: secret } }
}
