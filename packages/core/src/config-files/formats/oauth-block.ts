import { isJsonObject } from '../../base/json.ts'
import type { OAuthWith } from '../../model/oauth-secrets.ts'
import type { ExportedSecret, FoundOAuth } from './client-format.ts'
import { type Members, membersOf, unexpected } from './members.ts'
import type { VariableText } from './variable-text.ts'

type VariablesIn = (text: string) => VariableText

/** The block of an entry, with what the file calls our members, and the members that have no counterpart here. */
export interface FoundOAuthBlock {
  /** Undefined if the block says that OAuth is off. */
  readonly oauth: FoundOAuth | undefined
  readonly names: Readonly<Record<string, string>>
  readonly ignored: readonly string[]
  readonly notes: readonly string[]
}

const redirectNote = 'the registration of its client has to allow the redirect URI of toolyard'

/** OAuth of which a file says nothing more. */
export const noOAuthMembers: FoundOAuth = {
  grant: undefined,
  clientId: null,
  clientSecret: null,
  privateKey: null,
  signingAlgorithm: null,
  scopes: null,
  issuer: null,
  assertion: null,
  idp: null,
  dpop: false,
}

const spellings = {
  clientId: ['clientId', 'client_id', 'CLIENT_ID'],
  clientSecret: ['clientSecret', 'client_secret', 'CLIENT_SECRET'],
} as const

/** Scopes in a list, or in one text, separated by spaces (RFC 6749 section 3.3). */
function scopesOf(members: Members): readonly string[] | undefined {
  const [key] = ['scopes', 'scope'].filter((each) => members.has(each))
  if (key === undefined) return undefined
  const said = members.any(key)
  if (typeof said === 'string') return said.split(/\s+/).filter((scope) => scope !== '')
  if (!Array.isArray(said)) throw unexpected([...members.path, key], 'a list of scopes, or a text of them', said)
  return members.texts(key)
}

/** Members that only toolyard writes. */
function readOwn(members: Members, variablesIn: VariablesIn) {
  const textOf = (from: Members, key: string) => {
    const text = from.text(key)
    return text === undefined ? null : variablesIn(text)
  }
  const idp = members.object('idp')
  return {
    grant: members.text('grant'),
    privateKey: textOf(members, 'privateKey'),
    signingAlgorithm: members.text('signingAlgorithm') ?? null,
    issuer: textOf(members, 'issuer'),
    assertion: textOf(members, 'assertion'),
    idp: idp
      ? {
          issuer: textOf(idp, 'issuer'),
          tokenEndpoint: textOf(idp, 'tokenEndpoint'),
          clientId: textOf(idp, 'clientId'),
          clientSecret: textOf(idp, 'clientSecret'),
          idToken: textOf(idp, 'idToken'),
        }
      : null,
    dpop: members.boolean('dpop') ?? false,
  }
}

function readBlock(block: unknown, path: readonly string[], key: string, variablesIn: VariablesIn): FoundOAuthBlock {
  const members = membersOf(block, path)
  const spelled = (name: keyof typeof spellings) =>
    spellings[name].find((each) => members.has(each)) ?? spellings[name][0]
  const [clientIdKey, secretKey] = [spelled('clientId'), spelled('clientSecret')]
  const [clientId, clientSecret] = [members.text(clientIdKey), members.text(secretKey)]
  const isOff = members.boolean('enabled') === false
  const oauth: FoundOAuth = {
    ...readOwn(members, variablesIn),
    clientId: clientId === undefined ? null : variablesIn(clientId),
    clientSecret: clientSecret === undefined ? null : variablesIn(clientSecret),
    scopes: scopesOf(members)?.map(variablesIn) ?? null,
  }
  return {
    oauth: isOff ? undefined : oauth,
    names: { oauth: key, 'oauth.clientId': clientIdKey, 'oauth.clientSecret': secretKey },
    ignored: members.others().map((name) => `${key}.${name}`),
    notes: clientId === undefined || oauth.grant !== undefined ? [] : [`${key}: ${redirectNote}`],
  }
}

const hasCursorClient = (block: Readonly<Record<string, unknown>>) => Object.hasOwn(block, 'CLIENT_ID')

/** Reads `oauth`, or Cursor's `auth`, of an entry; undefined if there is no such object. */
export function readOAuthBlock(entry: Members, variablesIn: VariablesIn): FoundOAuthBlock | undefined {
  const unread = entry.others()
  const isBlock = (key: string, sign: (block: Readonly<Record<string, unknown>>) => boolean) => {
    if (!unread.includes(key)) return false
    const block = entry.peek(key)
    return isJsonObject(block) && sign(block)
  }
  // Other clients have another value there, which is ignored like any unknown member.
  const key = isBlock('oauth', () => true) ? 'oauth' : isBlock('auth', hasCursorClient) ? 'auth' : undefined
  return key === undefined ? undefined : readBlock(entry.any(key), [...entry.path, key], key, variablesIn)
}

/** The members of a block as `readOAuthBlock` reads them, without those that are not set. */
export function writeOAuthBlock(
  oauth: OAuthWith<ExportedSecret>,
  secret: (secret: ExportedSecret) => string,
): Record<string, unknown> {
  const optional = (name: string, value: unknown) => (value === null ? {} : { [name]: value })
  const secretOf = (name: string, value: ExportedSecret | null) => optional(name, value && secret(value))
  const { idp } = oauth
  return {
    ...(oauth.grant === 'AUTHORIZATION_CODE' ? {} : { grant: oauth.grant }),
    ...optional('clientId', oauth.clientId),
    ...secretOf('clientSecret', oauth.clientSecret),
    ...secretOf('privateKey', oauth.privateKey),
    ...optional('signingAlgorithm', oauth.signingAlgorithm),
    ...optional('scopes', oauth.scopes),
    ...optional('issuer', oauth.issuer),
    ...secretOf('assertion', oauth.assertion),
    ...(idp
      ? {
          idp: {
            issuer: idp.issuer,
            ...optional('tokenEndpoint', idp.tokenEndpoint),
            clientId: idp.clientId,
            ...secretOf('clientSecret', idp.clientSecret),
            idToken: secret(idp.idToken),
          },
        }
      : {}),
    ...(oauth.dpop ? { dpop: true } : {}),
  }
}
