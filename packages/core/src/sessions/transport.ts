import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** Why the other side of a transport ended. */
export interface TransportEnd {
  /** As the end of a sentence: "the server exited with code 1". */
  readonly words: string
  readonly cause?: unknown
}

/** A transport of the SDK with what its session needs beyond it. The caller that created it closes it. */
export interface SessionTransport extends Transport {
  /** Undefined while the other side is up. */
  readonly end: TransportEnd | undefined
  /** The server's id of the session, if the transport has such ids (MCP 2025-11-25, session management). */
  readonly mcpSessionId?: string | undefined
  /** Tells the server that the session has ended, if the transport has such a message. Rejects if that fails. */
  terminate(): Promise<void>
}
