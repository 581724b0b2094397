import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** Why the other side of a transport is gone. */
export interface TransportEnd {
  /** As it ends a sentence: "the server exited with code 1". */
  readonly words: string
  readonly cause?: unknown
}

/** A transport of the SDK with what its session needs to know and do beyond it. Whoever made it closes it. */
export interface SessionTransport extends Transport {
  /** Undefined while the other side is there. */
  readonly end: TransportEnd | undefined
  /** What the server calls the session, where the transport has such ids (MCP 2025-11-25, session management). */
  readonly mcpSessionId?: string | undefined
  /** Tells the server that the session is over, where the transport has such a message. Rejects where that fails. */
  terminate(): Promise<void>
}
