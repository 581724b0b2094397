import type { DpopSession } from '@modelcontextprotocol/client'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import type { OutgoingRequest } from '../model/request-authorizer.ts'
import { openDpop } from './dpop.ts'
import { loadSdk } from './sdk.ts'
import type { Vault } from './vault.ts'

/** Time before the end of a token at which it is renewed, in ms; of short-lived ones a part of their life. */
const renewalMs = 60_000
const renewalPart = 0.2

/** A grant with its token in clear, as requests use it. */
export interface CurrentTokens {
  readonly grant: OAuthGrantRecord
  /** Undefined: requests go out without authorization. */
  readonly accessToken: string | undefined
  /** Which tokens these are; undefined if there are none. */
  readonly generation: number | undefined
  readonly dpop: DpopSession | undefined
  readonly dpopKey: string | null
  readonly headers: Readonly<Record<string, string>>
  /** Epoch milliseconds from which it is renewed, and from which it is no longer sent. */
  readonly renewAt: number
  readonly endsAt: number
}

/** @throws SECRET_UNREADABLE */
export async function openTokens(
  vault: Vault,
  grant: OAuthGrantRecord,
  before: CurrentTokens | undefined,
): Promise<CurrentTokens> {
  const tokens = await vault.openTokens(grant)
  const { issuedAt, expiresAt, generation, isRenewable } = grant
  const never = Number.POSITIVE_INFINITY
  if (!tokens) {
    const none = { accessToken: undefined, generation: undefined, dpop: undefined, dpopKey: null, headers: {} }
    return { grant, ...none, renewAt: never, endsAt: never }
  }
  const { accessToken, dpopKey } = tokens
  const dpop = dpopKey === null ? undefined : await dpopOf(dpopKey, before)
  const endsAt = expiresAt ?? never
  const lifeMs = endsAt - (issuedAt ?? endsAt)
  return {
    ...{ grant, accessToken, generation, dpop, dpopKey, endsAt },
    headers: { authorization: `${dpop ? 'DPoP' : 'Bearer'} ${accessToken}` },
    renewAt: isRenewable ? endsAt - Math.min(renewalMs, lifeMs * renewalPart) : never,
  }
}

/** The same session for the same key: it knows the nonces of the server. */
async function dpopOf(dpopKey: string, before: CurrentTokens | undefined): Promise<DpopSession> {
  return before?.dpop && before.dpopKey === dpopKey ? before.dpop : await openDpop(await loadSdk(), dpopKey)
}

/** The headers of a request whose token is bound to a key (RFC 9449 section 7.1). */
export async function provenHeaders(current: CurrentTokens, { method, url }: OutgoingRequest) {
  const { dpop, accessToken = '', headers } = current
  const proof = await dpop?.buildProof({ htm: method, htu: url, accessToken })
  return proof === undefined ? headers : { ...headers, dpop: proof }
}
