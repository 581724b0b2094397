import type { OAuthInput } from '../../servers/oauth-input.ts'
import type { SecretInput } from '../../servers/secret-input.ts'
import type { FoundOAuth } from '../formats/client-format.ts'
import type { VariableText } from '../formats/variable-text.ts'
import type { Place } from './place.ts'

type Fill = (text: VariableText, place: Place) => SecretInput

/** Fills in the variables of an OAuth block. Nothing in it has templates. */
export function fillOAuth(found: FoundOAuth, fill: Fill): OAuthInput {
  const at = (path: string, isSecret: boolean): Place => ({
    member: ['auth', 'oauth', ...path.split('.')],
    isSecret,
    takesTemplates: false,
  })
  const secret = (path: string, text: VariableText | null) => text && fill(text, at(path, true))
  const plain = (path: string, text: VariableText | null) => {
    const filled = text && fill(text, at(path, false))
    // A variable that is no secret is filled in with its text alone.
    return typeof filled === 'string' || filled === null ? filled : ''
  }
  const { idp } = found
  return {
    // The registry refuses another name, with its path.
    grant: found.grant as OAuthInput['grant'],
    clientId: plain('clientId', found.clientId),
    clientSecret: secret('clientSecret', found.clientSecret),
    privateKey: secret('privateKey', found.privateKey),
    // As above.
    signingAlgorithm: found.signingAlgorithm as OAuthInput['signingAlgorithm'],
    scopes: found.scopes?.map((scope, index) => plain(`scopes.${index}`, scope) ?? '') ?? null,
    issuer: plain('issuer', found.issuer),
    assertion: secret('assertion', found.assertion),
    idp: idp && {
      issuer: plain('idp.issuer', idp.issuer) ?? '',
      tokenEndpoint: plain('idp.tokenEndpoint', idp.tokenEndpoint),
      clientId: plain('idp.clientId', idp.clientId) ?? '',
      clientSecret: secret('idp.clientSecret', idp.clientSecret),
      idToken: secret('idp.idToken', idp.idToken) ?? '',
    },
    dpop: found.dpop,
  }
}
