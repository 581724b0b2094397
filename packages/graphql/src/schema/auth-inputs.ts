import type { AuthInput, OAuthInput, SecretInput as SecretOf } from '@toolyard/core'
import { OAuthGrantEnum } from './auth.ts'
import { builder } from './builder.ts'

export const SecretValueInput = builder.inputType('SecretValueInput', {
  isOneOf: true,
  fields: (t) => ({
    literal: t.string({ description: 'Stored encrypted; may contain templates, except for OAuth' }),
    env: t.string({ description: "Name of a variable in the registry's environment, read at each connection" }),
    provider: t.string({ description: 'Reference for the secret provider, resolved at each connection' }),
  }),
})
const HeaderAuthInput = builder.inputType('HeaderAuthInput', {
  fields: (t) => ({
    header: t.string({ required: true, defaultValue: 'Authorization' }),
    token: t.field({ type: SecretValueInput, required: true }),
  }),
})
const OAuthIdpInput = builder.inputType('OAuthIdpInput', {
  fields: (t) => ({
    issuer: t.field({ type: 'URL', required: true }),
    tokenEndpoint: t.field({ type: 'URL', description: 'Omitted: as the metadata of the issuer says' }),
    clientId: t.string({ required: true }),
    clientSecret: t.field({ type: SecretValueInput }),
    idToken: t.field({ type: SecretValueInput, required: true }),
  }),
})
const OAuthConfigInput = builder.inputType('OAuthConfigInput', {
  fields: (t) => ({
    grant: t.field({ type: OAuthGrantEnum, required: true, defaultValue: 'AUTHORIZATION_CODE' }),
    clientId: t.string({
      description: 'Registered by hand. Without it the client is known by its metadata document, or registers itself',
    }),
    clientSecret: t.field({ type: SecretValueInput }),
    privateKey: t.field({ type: SecretValueInput, description: 'PEM, for private_key_jwt' }),
    signingAlgorithm: t.string({ description: 'JWS algorithm of the private key. Omitted: by the kind of the key' }),
    scopes: t.stringList({ description: 'Scopes to ask for. Omitted: the ones that the server names' }),
    issuer: t.field({ type: 'URL', description: 'Only this authorization server, whatever the resource names' }),
    assertion: t.field({ type: SecretValueInput, description: 'JWT_BEARER: the assertion that is exchanged' }),
    idp: t.field({
      type: OAuthIdpInput,
      description: 'ENTERPRISE_MANAGED: where an ID token is exchanged for an ID-JAG',
    }),
    dpop: t.boolean({ required: true, defaultValue: false, description: 'Sender-constrained tokens (RFC 9449)' }),
  }),
})
export const McpAuthInput = builder.inputType('McpAuthInput', {
  isOneOf: true,
  fields: (t) => ({
    none: t.boolean(),
    header: t.field({ type: HeaderAuthInput }),
    oauth: t.field({ type: OAuthConfigInput }),
  }),
})

type SecretValue = typeof SecretValueInput.$inferInput

/** GraphQL guarantees one member of the oneOf input. */
export function secretOf({ literal, env, provider }: SecretValue): SecretOf {
  if (env != null) return { env }
  return provider == null ? { literal: literal ?? '' } : { provider }
}

const optionalSecret = (value: SecretValue | null | undefined) => value && secretOf(value)

function toOAuth(input: typeof OAuthConfigInput.$inferInput): OAuthInput {
  const { clientSecret, privateKey, signingAlgorithm, assertion, idp, ...rest } = input
  return {
    ...rest,
    clientSecret: optionalSecret(clientSecret),
    privateKey: optionalSecret(privateKey),
    // The registry refuses another name, with its path.
    signingAlgorithm: signingAlgorithm as OAuthInput['signingAlgorithm'],
    assertion: optionalSecret(assertion),
    idp: idp && { ...idp, clientSecret: optionalSecret(idp.clientSecret), idToken: secretOf(idp.idToken) },
  }
}

export function toAuth(input: typeof McpAuthInput.$inferInput | null | undefined): AuthInput | null {
  if (input?.oauth) return { oauth: toOAuth(input.oauth) }
  return input?.header ? { header: input.header.header, token: secretOf(input.header.token) } : null
}

/** Maps a path within the registry's `auth` to one within `McpAuthInput`. */
export function toAuthPath(path: readonly string[]): readonly string[] {
  const [member, ...rest] = path
  if (member === 'oauth') return path
  return ['header', ...(member === 'token' ? ['token', rest[0] ?? 'literal'] : path)]
}
