import type { McpServerInfo, NegotiatedEra, ProtocolEra } from './server.ts'

/** Whether a server declared each of the capabilities (MCP 2025-11-25, lifecycle). */
export interface ServerCapabilities {
  readonly tools: boolean
  readonly resources: boolean
  /** `resources.subscribe`: the server notifies of updates of resources. */
  readonly resourceUpdates: boolean
  readonly prompts: boolean
  readonly completions: boolean
}

/** The server's answer to `initialize`. */
export interface SessionFacts {
  readonly era: ProtocolEra
  readonly protocolVersion: string
  readonly serverInfo: McpServerInfo
  readonly instructions: string | null
  /** The capabilities that the server declared, of those that are used. */
  readonly capabilities: ServerCapabilities
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
