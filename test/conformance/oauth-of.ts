import type { JsonObject, ServerConfigInput } from '@toolyard/core'

/** What the suite tells its clients: what an owner would have got from the authorization server. */
export interface SuiteContext {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: JsonObject }[]
  readonly client_id?: string
  readonly client_secret?: string
  readonly private_key_pem?: string
  readonly signing_algorithm?: 'ES256'
  readonly issuer?: string
  readonly valid_jwt?: string
  readonly idp_client_id?: string
  readonly idp_id_token?: string
  readonly idp_issuer?: string
  readonly idp_token_endpoint?: string
}

type HttpConfigInput = Exclude<ServerConfigInput, { readonly transport: 'stdio' }>
type OAuthInput =
  NonNullable<HttpConfigInput['auth']> extends infer Auth ? Extract<Auth, { readonly oauth: unknown }>['oauth'] : never

/** The auth that an owner would set with what the suite tells; only the grant has to be known by the scenario's name. */
export function oauthOf(scenario: string, context: SuiteContext): OAuthInput | null {
  if (!scenario.startsWith('auth/')) return null
  const { client_id: clientId, client_secret: clientSecret, private_key_pem: privateKey, issuer } = context
  const { signing_algorithm: signingAlgorithm, valid_jwt: assertion, idp_id_token: idToken } = context
  const client = {
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(signingAlgorithm === undefined ? {} : { signingAlgorithm }),
    ...(issuer === undefined ? {} : { issuer }),
    dpop: scenario.startsWith('auth/dpop'),
  }
  if (assertion !== undefined) return { ...client, grant: 'JWT_BEARER', assertion }
  if (idToken !== undefined) {
    const {
      idp_issuer: idpIssuer = '',
      idp_token_endpoint: tokenEndpoint = '',
      idp_client_id: idpClient = '',
    } = context
    return {
      ...client,
      grant: 'ENTERPRISE_MANAGED',
      idp: { issuer: idpIssuer, tokenEndpoint, clientId: idpClient, idToken },
    }
  }
  if (scenario.includes('client-credentials')) return { ...client, grant: 'CLIENT_CREDENTIALS' }
  return client
}
