import { generateKeyPairSync } from 'node:crypto'
import type { OAuthInput } from '@toolyard/core'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { createSigningKey, signJwt } from '../fixtures/oauth/jwt.ts'
import { type ProtectedMcpServer, startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { type HostileEndpoint, startHostileEndpoint } from './hostile-endpoint.ts'
import { type Trace, tracesIn } from './leak-detector.ts'

export const redirectUri = 'http://127.0.0.1:39999/callback'

/** Servers that know the secrets of OAuth, and tell of them where they can. */
export interface OAuthWorld extends AsyncDisposable {
  readonly authorizationServer: AuthorizationServer
  readonly server: ProtectedMcpServer
  /** In place of the token endpoint, if a test says so. */
  readonly hostile: HostileEndpoint
  /** By name; those with a browser first. */
  readonly configs: Readonly<Record<string, OAuthInput>>
  /** The body of a registration that is answered with all that RFC 7592 has. */
  readonly registration: string
  /** States that were begun: the answer to the caller has them, and nothing else. */
  readonly states: Set<string>
  /** All secrets up to now but the states. */
  traces(): readonly Trace[]
  stateTraces(): readonly Trace[]
}

const clientSecret = `owner-secret-${crypto.randomUUID()}`
const registrationToken = `registration-token-${crypto.randomUUID()}`

export async function startOAuthWorld(): Promise<OAuthWorld> {
  await using stack = new AsyncDisposableStack()
  const issuerKey = createSigningKey()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const redirects = { redirectUris: [redirectUri] }
  const clients = [
    { clientId: 'with-secret', clientSecret, authMethod: 'client_secret_basic', ...redirects },
    { clientId: 'posting', clientSecret, authMethod: 'client_secret_post', ...redirects },
    { clientId: 'with-key', authMethod: 'private_key_jwt', jwks: [publicKey.export({ format: 'jwk' })], ...redirects },
  ] as const
  const exp = Math.floor(Date.now() / 1_000) + 3_600
  const authorizationServer = stack.use(await startAuthorizationServer({ clients }))
  const idp = stack.use(await startAuthorizationServer({ clients, idJagClientId: 'with-secret' }))
  authorizationServer.settings.clientMetadataDocuments = false
  authorizationServer.settings.trustedIssuers = [
    { issuer: 'https://issuer.example', jwks: [issuerKey.publicJwk] },
    { issuer: idp.issuer, jwks: [idp.key.publicJwk] },
  ]
  const assertion = signJwt(issuerKey, {
    ...{ iss: 'https://issuer.example', sub: 'alice', aud: authorizationServer.issuer, exp, jti: crypto.randomUUID() },
  })
  const idToken = signJwt(idp.key, { iss: idp.issuer, sub: 'alice', aud: 'posting', exp })
  const server = stack.use(await startProtectedMcpServer({ authorizationServers: [authorizationServer] }))
  const hostile = stack.use(await startHostileEndpoint())
  const states = new Set<string>()
  const owned = stack.move()
  return {
    ...{ authorizationServer, server, hostile, states },
    registration: JSON.stringify({
      ...{ client_id: 'registered', client_secret: clientSecret, redirect_uris: [redirectUri] },
      registration_access_token: registrationToken,
      registration_client_uri: `${authorizationServer.issuer}/${registrationToken}`,
      token_endpoint_auth_method: 'client_secret_basic',
    }),
    configs: {
      dynamic: {},
      secret: { clientId: 'with-secret', clientSecret },
      key: { clientId: 'with-key', privateKey: pem },
      dpop: { clientId: 'with-secret', clientSecret, dpop: true },
      credentials: { grant: 'CLIENT_CREDENTIALS', clientId: 'with-secret', clientSecret },
      assertion: { grant: 'JWT_BEARER', clientId: 'with-secret', clientSecret, assertion },
      idp: {
        ...{ grant: 'ENTERPRISE_MANAGED', clientId: 'with-secret', clientSecret },
        idp: { issuer: idp.issuer, clientId: 'posting', clientSecret, idToken },
      },
    },
    traces() {
      const [, keyLine = ''] = pem.split('\n')
      const dpopKeys = server.requests.flatMap(({ dpop }) => (dpop === undefined ? [] : dpopKeyOf(dpop)))
      return [
        ...tracesIn('client secret', clientSecret),
        ...tracesIn('registration access token', registrationToken),
        ...tracesIn('private key', keyLine),
        ...tracesIn('assertion', assertion.slice(-40)),
        ...tracesIn('ID token', idToken.slice(-40)),
        ...[...new Set(dpopKeys)].map((text) => ({ what: 'DPoP key', text })),
        ...[...authorizationServer.secrets, ...idp.secrets].flatMap((secret) => tracesIn('issued', secret)),
        ...[...hostile.received].flatMap(([name, values]) => [...values].flatMap((value) => tracesIn(name, value))),
      ]
    },
    stateTraces: () => [...states].flatMap((state) => tracesIn('state', state)),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** The public part of a proof's key: it is stored beside the private one, and with it alone. */
function dpopKeyOf(proof: string): readonly string[] {
  const [header = ''] = proof.split('.')
  const { jwk }: { jwk?: { x?: string } } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
  return jwk?.x === undefined ? [] : [jwk.x]
}
