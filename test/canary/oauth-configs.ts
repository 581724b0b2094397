import type { OAuthInput } from '@toolyard/core'

/** OAuth with `text` as each of its secrets, and in the places where a user may put one by mistake. */
export function oauthConfigs(text: string): Readonly<Record<string, OAuthInput>> {
  const idp = { issuer: 'https://idp.example', clientId: 'a', clientSecret: text, idToken: text }
  return {
    'client secret': { clientId: 'a', clientSecret: text },
    assertion: { grant: 'JWT_BEARER', assertion: text },
    'identity provider': { grant: 'ENTERPRISE_MANAGED', clientId: 'a', idp },
    'private key': { clientId: 'a', privateKey: text },
    'both keys': { clientId: 'a', clientSecret: text, privateKey: text },
    'no client': { clientSecret: text },
    scope: { scopes: [text, ` ${text}`] },
    issuer: { issuer: `https://me:${encodeURIComponent(text)}@auth.example` },
  }
}
