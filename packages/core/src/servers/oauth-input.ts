import { z } from 'zod'
import type { OAuthConfig } from '../model/oauth.ts'
import type { SecretValue } from '../model/secret-value.ts'
import { type ParsedPrivateKey, parsePrivateKey, signingAlgorithms } from '../secrets/private-key.ts'
import { noNul, secret, text } from './secret-input.ts'

/** Most scopes that are asked for at a time. */
const maxScopes = 100

// RFC 6749 appendix A.1.
const clientId = text(4_096).regex(/^[\x20-\x7e]+$/, 'expected a client id: printable ASCII characters')
// RFC 6749 section 3.3: `scope-token`.
const scope = text(1_024).regex(
  /^[\x21\x23-\x5b\x5d-\x7e]+$/,
  'expected one scope: printable ASCII characters without spaces, quotes and backslashes (RFC 6749 section 3.3)',
)
const secretText = secret(
  text(65_536)
    .refine((value) => value.trim() !== '', 'expected a non-empty string')
    .refine(noNul, 'expected no NUL character'),
)
const privateKeyText = text(65_536).superRefine((value, context) => {
  const parsed = parsePrivateKey(value)
  if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem })
})

const isLoopback = (host: string) => /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)

/** Why a text is no URL for tokens; an issuer has neither query nor fragment (RFC 8414 section 2). */
function urlProblem(value: string, kind: 'issuer' | 'endpoint'): string | undefined {
  if (!URL.canParse(value)) return 'expected an absolute URL such as https://auth.example.com, got something else'
  const { protocol, hostname, username, password } = new URL(value)
  const scheme = protocol.slice(0, -1)
  if (scheme !== 'https' && scheme !== 'http') return `expected a URL with the scheme https, got ${scheme}`
  if (scheme === 'http' && !isLoopback(hostname)) return 'expected https, got http, which only loopback hosts may have'
  if (username !== '' || password !== '') return 'expected a URL without user name and password'
  if (value.includes('#')) return 'expected a URL without a fragment'
  return kind === 'issuer' && value.includes('?')
    ? 'expected an issuer without a query (RFC 8414 section 2)'
    : undefined
}

const url = (kind: 'issuer' | 'endpoint') =>
  text(4_096).superRefine((value, context) => {
    const problem = urlProblem(value, kind)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

const idp = z.strictObject({
  issuer: url('issuer'),
  tokenEndpoint: url('endpoint').nullish(),
  clientId,
  clientSecret: secretText.nullish(),
  idToken: secretText,
})

const members = z.strictObject({
  grant: z
    .enum(['AUTHORIZATION_CODE', 'CLIENT_CREDENTIALS', 'JWT_BEARER', 'ENTERPRISE_MANAGED'])
    .default('AUTHORIZATION_CODE'),
  clientId: clientId.nullish(),
  clientSecret: secretText.nullish(),
  privateKey: secret(privateKeyText).nullish(),
  signingAlgorithm: z.enum(signingAlgorithms).nullish(),
  scopes: z.array(scope).max(maxScopes).readonly().nullish(),
  issuer: url('issuer').nullish(),
  assertion: secretText.nullish(),
  idp: idp.nullish(),
  dpop: z.boolean().default(false),
})

type Members = z.output<typeof members>
type Complain = (member: keyof Members, message: string) => void

/** What a grant needs, and what only it may have. */
function checkGrant(config: Members, complain: Complain): void {
  const { grant } = config
  const needs = (member: 'clientId' | 'assertion' | 'idp') => {
    if (config[member] == null) complain(member, `expected a value, which ${grant} needs, got none`)
  }
  const isOnlyFor = (member: 'assertion' | 'idp', only: Members['grant']) => {
    if (grant !== only && config[member] != null) complain(member, `expected none: only ${only} has it, got ${grant}`)
  }
  isOnlyFor('assertion', 'JWT_BEARER')
  isOnlyFor('idp', 'ENTERPRISE_MANAGED')
  if (grant === 'CLIENT_CREDENTIALS') {
    needs('clientId')
    if (config.clientSecret == null && config.privateKey == null) {
      complain('clientSecret', `expected clientSecret or privateKey, one of which ${grant} needs, got neither`)
    }
  }
  if (grant === 'JWT_BEARER') needs('assertion')
  if (grant === 'ENTERPRISE_MANAGED') {
    needs('clientId')
    needs('idp')
  }
}

function parsedKey(value: SecretValue | null | undefined): ParsedPrivateKey | undefined {
  return value?.source === 'LITERAL' && 'plaintext' in value ? parsePrivateKey(value.plaintext.reveal()) : undefined
}

/** How the client authenticates itself (RFC 6749 section 2.3: by one method). */
function checkClient({ clientId, clientSecret, privateKey, signingAlgorithm, grant }: Members, complain: Complain) {
  const isKnownMissing = grant === 'CLIENT_CREDENTIALS' || grant === 'ENTERPRISE_MANAGED'
  if (clientId == null && !isKnownMissing && (clientSecret != null || privateKey != null)) {
    complain('clientId', `expected the client id of ${clientSecret == null ? 'privateKey' : 'clientSecret'}, got none`)
  }
  if (clientSecret != null && privateKey != null) {
    complain('privateKey', 'expected either clientSecret or privateKey, got both')
  }
  if (signingAlgorithm == null) return
  if (privateKey == null) {
    complain('signingAlgorithm', 'expected none: it is for privateKey, which is not set')
    return
  }
  const parsed = parsedKey(privateKey)
  if (!parsed || 'problem' in parsed || parsed.algorithms.includes(signingAlgorithm)) return
  const fitting = parsed.algorithms.length === 1 ? parsed.algorithms.join() : `one of ${parsed.algorithms.join(', ')}`
  complain('signingAlgorithm', `expected ${fitting} for this kind of private key, got ${signingAlgorithm}`)
}

/** The OAuth part of a server's `auth`. */
export const oauthInput = members
  .superRefine((config, context) => {
    const complain: Complain = (member, message) => context.addIssue({ code: 'custom', path: [member], message })
    checkGrant(config, complain)
    checkClient(config, complain)
  })
  .transform((config): OAuthConfig => {
    const { grant, clientId = null, clientSecret = null, privateKey = null, signingAlgorithm = null } = config
    const { issuer = null, assertion = null, dpop } = config
    return {
      type: 'OAUTH',
      grant,
      clientId,
      clientSecret,
      privateKey,
      signingAlgorithm,
      scopes: config.scopes ? [...new Set(config.scopes)] : null,
      issuer,
      assertion,
      idp: config.idp
        ? {
            issuer: config.idp.issuer,
            tokenEndpoint: config.idp.tokenEndpoint ?? null,
            clientId: config.idp.clientId,
            clientSecret: config.idp.clientSecret ?? null,
            idToken: config.idp.idToken,
          }
        : null,
      dpop,
    }
  })

/** How tokens for a server are asked for, as its owner configures it. */
export type OAuthInput = z.input<typeof oauthInput>
