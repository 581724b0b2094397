import type { NodeId, RunId, ServerId } from '../base/ids.ts'
import type { InputRequest } from './input-request.ts'
import type { Sealed } from './secret.ts'

/** What a paused run needs to go on. Deleted when it does, or ends. */
export type PauseRecord = ApprovalPause | InputPause

/** Times are epoch milliseconds. */
interface PauseBase {
  readonly runId: RunId
  readonly serverId: ServerId
  /** Grows with each change, so that a decision or answer to something earlier finds nothing. */
  readonly version: number
  /** How long the run waits, anew if it is asked about again. */
  readonly timeoutMs: number
  readonly expiresAt: number
  /** Digest of the server's configuration without its secrets, as that of a result. */
  readonly configFingerprint: string
  /** SHA-256, hex, of the text of the tool's definition: what was asked about is what runs. */
  readonly definitionDigest: string
  /** Args and options of the call, as JSON. */
  readonly call: Sealed
}

/** A run of which nothing was sent. Any node goes on with it. */
export interface ApprovalPause extends PauseBase {
  readonly kind: 'APPROVAL'
}

/** A run whose server asks. */
export interface InputPause extends PauseBase {
  readonly kind: 'INPUT'
  /** All of this round, the answered ones included. */
  readonly requests: readonly InputRequest[]
  /** Keys of those that are answered. */
  readonly answered: readonly string[]
  /** The answers, and what the server wants to see again, as JSON. */
  readonly input: Sealed
  /** What is done once everything is answered. */
  readonly resume: InputResume
}

export type InputResume =
  /** The call is sent with the answers, by any node (MCP 2026-07-28, multi round-trip requests). */
  | { readonly kind: 'RETRY' }
  /** The call is sent again as it was (MCP 2025-11-25, URLElicitationRequiredError). */
  | { readonly kind: 'REPEAT' }
  /**
   * The node that has the session gives the answers to the server (MCP 2025-11-25). `settled`: how the pause ended, which
   * that node has not taken yet.
   */
  | { readonly kind: 'REPLY'; readonly heldBy: NodeId; readonly settled: 'ANSWERED' | 'EXPIRED' | null }

/** The node that has to take how the pause ended; undefined unless it has to. */
export function settledFor(pause: PauseRecord): NodeId | undefined {
  if (pause.kind !== 'INPUT' || pause.resume.kind !== 'REPLY') return undefined
  return pause.resume.settled === null ? undefined : pause.resume.heldBy
}

/** The node whose session the pause needs; undefined if any node may go on. */
export function holderOf(pause: PauseRecord): NodeId | undefined {
  return pause.kind === 'INPUT' && pause.resume.kind === 'REPLY' ? pause.resume.heldBy : undefined
}
