import type { OAuthConfig, OAuthIdpConfig } from './oauth.ts'
import type { SecretValue } from './secret-value.ts'

/** The path of a secret in an OAuth configuration. */
export type OAuthSecretName = 'clientSecret' | 'privateKey' | 'assertion' | 'idp.clientSecret' | 'idp.idToken'

/** The place of an OAuth secret in a server's configuration. */
export type OAuthSecretPlace = `oauth:${OAuthSecretName}`

export interface PlacedOAuthSecret {
  readonly place: OAuthSecretPlace
  readonly name: OAuthSecretName
  readonly value: SecretValue
}

type IdpWith<Value> = Omit<OAuthIdpConfig, 'clientSecret' | 'idToken'> & {
  readonly clientSecret: Value | null
  readonly idToken: Value
}

/** An OAuth configuration with another form of its secrets, such as the stored one. */
export type OAuthWith<Value> = Omit<OAuthConfig, 'clientSecret' | 'privateKey' | 'assertion' | 'idp'> & {
  readonly clientSecret: Value | null
  readonly privateKey: Value | null
  readonly assertion: Value | null
  readonly idp: IdpWith<Value> | null
}

/** Replaces each secret of an OAuth configuration. */
export function mapOAuthSecrets<Value, Other>(
  config: OAuthWith<Value>,
  to: (value: Value, name: OAuthSecretName) => Other,
): OAuthWith<Other> {
  const at = (name: OAuthSecretName, value: Value | null) => (value === null ? null : to(value, name))
  const { idp } = config
  return {
    ...config,
    clientSecret: at('clientSecret', config.clientSecret),
    privateKey: at('privateKey', config.privateKey),
    assertion: at('assertion', config.assertion),
    idp: idp && {
      ...idp,
      clientSecret: at('idp.clientSecret', idp.clientSecret),
      idToken: to(idp.idToken, 'idp.idToken'),
    },
  }
}

/** The secrets of an OAuth configuration that are set, in any form. */
export function listOAuthSecrets<Value>(
  config: OAuthWith<Value>,
): readonly { readonly name: OAuthSecretName; readonly value: Value }[] {
  const found: { readonly name: OAuthSecretName; readonly value: Value }[] = []
  mapOAuthSecrets(config, (value, name) => found.push({ name, value }))
  return found
}

/** The secrets of an OAuth configuration that are set, in their places. */
export function oauthSecretsOf(config: OAuthConfig): readonly PlacedOAuthSecret[] {
  return listOAuthSecrets(config).map(({ name, value }) => ({ place: `oauth:${name}`, name, value }))
}

const descriptions: Readonly<Record<OAuthSecretName, string>> = {
  clientSecret: 'the OAuth client secret',
  privateKey: 'the OAuth private key',
  assertion: 'the OAuth assertion',
  'idp.clientSecret': "the identity provider's client secret",
  'idp.idToken': "the identity provider's ID token",
}

/** A secret's name in a sentence: "the OAuth client secret". */
export function describeOAuthSecret({ name }: Pick<PlacedOAuthSecret, 'name'>): string {
  return descriptions[name]
}
