import type { NegotiatedEra, ProtocolEra, ProtocolEraPolicy, ServerConfig, ServerRecord } from '../model/server.ts'

/** How long a server that was found legacy is taken for legacy, in ms: it may have been upgraded. */
const legacyHoldsMs = 24 * 3_600_000

/** The era that may be spoken with a server, and the one that it was found to be of. */
export interface EraTarget {
  readonly policy: ProtocolEraPolicy
  readonly negotiated: NegotiatedEra | undefined
}

/** Which handshakes a dial tries. */
export type EraPlan =
  /** `initialize` alone. `asksIfRefused`: a server that refuses it is asked for its era. */
  | { readonly kind: 'LEGACY'; readonly asksIfRefused: boolean }
  /** `server/discover` first. `known`: the era that the server was of before. */
  | { readonly kind: 'ASK'; readonly mayFallBack: boolean; readonly known: ProtocolEra | undefined }

export function eraTargetOf({ protocolEra, revision, state }: ServerRecord): EraTarget {
  const { negotiated } = state
  return { policy: protocolEra, negotiated: negotiated?.revision === revision ? negotiated : undefined }
}

export function planEra({ policy, negotiated }: EraTarget, { transport }: ServerConfig, now: number): EraPlan {
  // The older HTTP transport has no modern form.
  if (policy === 'LEGACY' || (transport === 'sse' && policy === 'AUTO')) return { kind: 'LEGACY', asksIfRefused: false }
  const holds = negotiated?.era === 'LEGACY' && now - negotiated.at < legacyHoldsMs
  if (policy === 'AUTO' && holds) return { kind: 'LEGACY', asksIfRefused: true }
  return { kind: 'ASK', mayFallBack: policy === 'AUTO', known: negotiated?.era }
}

/**
 * When a session no longer tells the era of its server, in epoch ms; undefined if its life does not matter. A child stays the
 * program that was started, and a modern server that leaves its era refuses the next request.
 */
export function eraDoubtfulAt(
  { policy }: EraTarget,
  { transport }: ServerConfig,
  found: { readonly era: ProtocolEra; readonly at: number },
): number | undefined {
  const mayChange = policy === 'AUTO' && transport === 'streamableHttp' && found.era === 'LEGACY'
  return mayChange ? found.at + legacyHoldsMs : undefined
}
