import type { RefreshPhase } from '../model/events.ts'

/** The phases of a dial that it reports: AUTHORIZING if a request waits for the server's authorizer. */
export type DialPhase = Extract<RefreshPhase, 'NEGOTIATING' | 'AUTHORIZING'>
