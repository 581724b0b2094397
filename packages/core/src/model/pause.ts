import type { RunId, ServerId } from '../base/ids.ts'
import type { Sealed } from './secret.ts'

/** What a paused run needs to go on, on any node. Deleted when it does, or ends. Times are epoch milliseconds. */
export interface PauseRecord {
  readonly runId: RunId
  readonly serverId: ServerId
  /** Grows when the run is asked about again, so that a decision about an earlier question finds nothing. */
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
