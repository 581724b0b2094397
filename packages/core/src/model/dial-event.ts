import type { McpServerInfo, NegotiatedEra, ProtocolEra } from './server.ts'

/** The server's answer to `initialize`. */
export interface SessionFacts {
  readonly era: ProtocolEra
  readonly protocolVersion: string
  readonly serverInfo: McpServerInfo
  readonly instructions: string | null
  /** Whether the server declared the capability `tools`. */
  readonly hasTools: boolean
}

/** A step of an attempt to connect to a server. */
export type DialEvent =
  | { readonly type: 'CONNECTING' }
  | {
      readonly type: 'READY'
      readonly facts: SessionFacts
      readonly latencyMs: number
      /** Undefined if the server's era is not known for certain. */
      readonly negotiated: NegotiatedEra | undefined
    }
  | { readonly type: 'FAILED'; readonly error: unknown }
