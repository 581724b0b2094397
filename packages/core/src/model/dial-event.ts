import type { McpServerInfo } from './server.ts'

/** The server's answer to `initialize`. */
export interface SessionFacts {
  readonly protocolVersion: string
  readonly serverInfo: McpServerInfo
  readonly instructions: string | null
  /** Whether the server declared the capability `tools`. */
  readonly hasTools: boolean
}

/** A step of an attempt to connect to a server. */
export type DialEvent =
  | { readonly type: 'CONNECTING' }
  | { readonly type: 'READY'; readonly facts: SessionFacts; readonly latencyMs: number }
  | { readonly type: 'FAILED'; readonly error: unknown }
