import { type Command, Option } from 'commander'
import { UsageError } from '../base/command-error.ts'
import type { OAuthConfigInput } from '../queries/server-mutations.ts'
import { collect, oneOf } from './parse-flag.ts'
import type { SecretReader, SecretValue } from './secret-flags.ts'

/** Flags of OAuth, as given. All but `oauth` need it. */
export interface GivenOAuthFlags {
  readonly oauth?: boolean
  readonly grant?: OAuthConfigInput['grant']
  readonly clientId?: string
  readonly clientSecret?: string
  readonly privateKey?: string
  readonly signingAlgorithm?: string
  readonly scope?: readonly string[]
  readonly issuer?: string
  readonly dpop?: boolean
  readonly assertion?: string
  readonly idpIssuer?: string
  readonly idpTokenEndpoint?: string
  readonly idpClientId?: string
  readonly idpClientSecret?: string
  readonly idToken?: string
}

const flagsOf = {
  oauth: '--oauth',
  grant: '--grant',
  clientId: '--client-id',
  clientSecret: '--client-secret',
  privateKey: '--private-key',
  signingAlgorithm: '--signing-algorithm',
  scope: '--scope',
  issuer: '--issuer',
  dpop: '--dpop',
  assertion: '--assertion',
  idpIssuer: '--idp-issuer',
  idpTokenEndpoint: '--idp-token-endpoint',
  idpClientId: '--idp-client-id',
  idpClientSecret: '--idp-client-secret',
  idToken: '--id-token',
} as const satisfies Record<keyof GivenOAuthFlags, string>

const oauthNames = Object.keys(flagsOf) as readonly (keyof GivenOAuthFlags)[] // They are the keys of the table above.

/** Takes the flags of OAuth out of others. */
export function withoutOAuthFlags<Flags extends GivenOAuthFlags>(flags: Flags): Omit<Flags, keyof GivenOAuthFlags> {
  const names = new Set<string>(oauthNames)
  // The names are those of the type.
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !names.has(name))) as Omit<
    Flags,
    keyof GivenOAuthFlags
  >
}

/** Adds the flags of `GivenOAuthFlags` to `command`. */
export function addOAuthOptions(command: Command): Command {
  const grants = {
    'authorization-code': 'AUTHORIZATION_CODE',
    'client-credentials': 'CLIENT_CREDENTIALS',
    'jwt-bearer': 'JWT_BEARER',
    'enterprise-managed': 'ENTERPRISE_MANAGED',
  } as const
  const names = Object.keys(grants).join(', ')
  return command
    .option('--oauth', 'authorize requests by OAuth; sets all of it anew')
    .addOption(new Option('--grant <grant>', `how tokens are asked for: ${names}`).argParser(oneOf(grants)))
    .option('--client-id <id>', 'OAuth client that was registered by hand')
    .option('--client-secret <secret>', 'its secret; as VALUE of --env')
    .option('--private-key <pem>', 'its private key in PEM; as VALUE of --env')
    .option('--signing-algorithm <name>', 'JWS algorithm of the private key (default: by the kind of the key)')
    .option('--scope <scope>', 'scope to ask for; may be repeated (default: the scopes that the server names)', collect)
    .option('--issuer <url>', 'the only authorization server to ask (default: the one that the server names)')
    .option('--dpop', 'ask for sender-constrained tokens (RFC 9449)')
    .option('--assertion <jwt>', 'assertion of --grant jwt-bearer; as VALUE of --env')
    .option('--idp-issuer <url>', "identity provider of --grant enterprise-managed, with the provider's client:")
    .option('--idp-token-endpoint <url>', 'its token endpoint (default: as its metadata says)')
    .option('--idp-client-id <id>', 'client at the identity provider')
    .option('--idp-client-secret <secret>', 'its secret; as VALUE of --env')
    .option('--id-token <jwt>', 'ID token of the identity provider; as VALUE of --env')
}

function assertComplete(flags: GivenOAuthFlags): void {
  const given = oauthNames.filter((name) => flags[name] !== undefined)
  const [first] = given
  if (first !== undefined && flags.oauth !== true) throw new UsageError(`${flagsOf[first]} needs --oauth`)
  const idp = given.find((name) => name.startsWith('idp') || name === 'idToken')
  const missing = (['idpIssuer', 'idpClientId', 'idToken'] as const).find((name) => flags[name] === undefined)
  if (idp !== undefined && missing !== undefined) throw new UsageError(`${flagsOf[idp]} needs ${flagsOf[missing]}`)
}

/** The OAuth configuration of the flags; undefined without `--oauth`. Rejects with UsageError. */
export async function readOAuthFlags(
  flags: GivenOAuthFlags,
  secrets: SecretReader,
): Promise<OAuthConfigInput | undefined> {
  assertComplete(flags)
  if (flags.oauth !== true) return undefined
  type SecretName = 'clientSecret' | 'privateKey' | 'assertion' | 'idpClientSecret' | 'idToken'
  const read = new Map<SecretName, SecretValue>()
  // One after the other: standard input is for one of them.
  for (const name of ['clientSecret', 'privateKey', 'assertion', 'idpClientSecret', 'idToken'] as const) {
    const text = flags[name]
    if (text !== undefined) read.set(name, await secrets.value(flagsOf[name], text))
  }
  const { grant, clientId, signingAlgorithm, scope, issuer, dpop, idpIssuer, idpTokenEndpoint, idpClientId } = flags
  const idToken = read.get('idToken')
  const isIdp = idpIssuer !== undefined && idpClientId !== undefined && idToken !== undefined
  return {
    ...present({ grant, clientId, signingAlgorithm, issuer, dpop, scopes: scope && [...scope] }),
    ...present({ clientSecret: read.get('clientSecret'), privateKey: read.get('privateKey') }),
    ...present({ assertion: read.get('assertion') }),
    ...(isIdp
      ? {
          idp: {
            issuer: idpIssuer,
            clientId: idpClientId,
            idToken,
            ...present({ tokenEndpoint: idpTokenEndpoint, clientSecret: read.get('idpClientSecret') }),
          },
        }
      : {}),
  }
}

type Present<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> }

/** The members that are not undefined. */
function present<Members extends object>(members: Members): Present<Members> {
  // Only members of the type are left.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<Members>
}
