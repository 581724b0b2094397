import type { McpServerInfo } from './server.ts'

/** What a server said of itself when the session was initialised. */
export interface SessionFacts {
  readonly protocolVersion: string
  readonly serverInfo: McpServerInfo
  readonly instructions: string | null
  /** Whether the server declared the capability `tools`. */
  readonly hasTools: boolean
}

/** What comes of an attempt to connect to a server. */
export type DialEvent =
  | { readonly type: 'CONNECTING' }
  | { readonly type: 'READY'; readonly facts: SessionFacts; readonly latencyMs: number }
  | { readonly type: 'FAILED'; readonly error: unknown }
