import type { JobError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { McpServerStatus } from './events.ts'
import type { SecretValue } from './secret-value.ts'
import type { TemplateVariable } from './templates.ts'

export type McpTransport = 'stdio' | 'sse' | 'streamableHttp'

/** A name with a value that never leaves the registry again. */
export interface SecretPair {
  readonly name: string
  readonly value: SecretValue
}

/** How a server is reached, as stored: with its secrets, sealed. Args and literal secrets may hold templates. */
export type ServerConfig = StdioConfig | HttpConfig

export interface StdioConfig {
  readonly transport: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly SecretPair[]
  readonly cwd: string | null
}

export interface HttpConfig {
  readonly transport: 'sse' | 'streamableHttp'
  readonly serverUrl: string
  readonly auth: HeaderAuthConfig | null
  readonly headers: readonly SecretPair[]
}

export interface HeaderAuthConfig {
  readonly header: string
  readonly token: SecretValue
}

/** Milliseconds. `requestMs` starts anew with each progress; `maxTotalMs` does not. */
export interface McpTimeouts {
  readonly connectMs: number
  readonly requestMs: number
  readonly maxTotalMs: number
}

/** Which protocol revisions may be spoken: AUTO takes what the server offers. */
export type ProtocolEraPolicy = 'AUTO' | 'LEGACY'

/**
 * What becomes of a tool that a refresh finds new or changed: ACCEPT takes it; WARN takes it and tells of it in the feed;
 * QUARANTINE notifies as WARN does, and keeps what was in force, or nothing, until a person approves it. A definition with
 * hidden text (`McpTool.warnings`) is new or changed like any other, also if hidden text is all that has changed.
 */
export type ToolChangePolicy = 'ACCEPT' | 'WARN' | 'QUARANTINE'

/** What the server says of itself when a session is initialised. */
export interface McpServerInfo {
  readonly name: string
  readonly title?: string
  readonly version: string
  readonly websiteUrl?: string
}

export interface ServerHealth {
  /** Epoch milliseconds of the last connection or refresh that ended, either way. */
  readonly checkedAt: number | null
  /** How long the last successful connection took. */
  readonly latencyMs: number | null
  readonly consecutiveFailures: number
  readonly lastError: JobError | null
}

/** A server as stored. */
export interface ServerRecord {
  readonly id: ServerId
  readonly name: string
  readonly description: string | null
  readonly enabled: boolean
  readonly labels: readonly string[]
  readonly config: ServerConfig
  readonly timeouts: McpTimeouts
  readonly protocolEra: ProtocolEraPolicy
  readonly toolChangePolicy: ToolChangePolicy
  /** How often the tools are refreshed without being asked, in ms; null never. */
  readonly refreshIntervalMs: number | null
  /** Starts at 1 and grows with each change by the owner. */
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly state: ServerState
}

/** What the registry learnt of a server, as against what its owner said. */
export interface ServerState {
  readonly status: McpServerStatus
  readonly health: ServerHealth
  readonly protocolVersion: string | null
  readonly serverInfo: McpServerInfo | null
  readonly instructions: string | null
}

export const neverConnected: ServerState = {
  status: 'NEVER_CONNECTED',
  health: { checkedAt: null, latencyMs: null, consecutiveFailures: 0, lastError: null },
  protocolVersion: null,
  serverInfo: null,
  instructions: null,
}

/** That a secret is there, and under what name: all that anybody gets to see of it. */
export interface SecretEntry {
  readonly name: string
  readonly isSet: boolean
  /** Given as it is, or read from an environment variable or the provider each time a server is connected. */
  readonly source: 'LITERAL' | 'ENV' | 'PROVIDER'
  /** The name of the variable, or what the provider is asked for. */
  readonly reference: string | null
  /** The last 4 characters of a literal of at least 20 without templates. */
  readonly hint: string | null
}

export interface McpServerBase {
  readonly id: ServerId
  readonly name: string
  readonly description: string | null
  readonly enabled: boolean
  readonly labels: readonly string[]
  readonly status: McpServerStatus
  readonly health: ServerHealth
  /** LEGACY: a protocol revision that keeps sessions (up to 2025-11-25). Null before the first connection. */
  readonly protocolEra: 'LEGACY' | null
  readonly protocolVersion: string | null
  readonly serverInfo: McpServerInfo | null
  readonly instructions: string | null
  readonly timeouts: McpTimeouts
  /** How often the tools are refreshed without being asked, in ms; null never. */
  readonly refreshIntervalMs: number | null
  readonly toolChangePolicy: ToolChangePolicy
  /** What the templates of its configuration ask callers for, each once. */
  readonly variables: readonly TemplateVariable[]
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface StdioMcpServer extends McpServerBase {
  readonly transport: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | null
  readonly env: readonly SecretEntry[]
}

export interface HttpMcpServer extends McpServerBase {
  readonly transport: 'sse' | 'streamableHttp'
  readonly serverUrl: string
  readonly auth: { readonly header: string; readonly token: SecretEntry } | null
  readonly customHeaders: readonly SecretEntry[]
}

/** A registered server as anybody may see it: secrets by name only. */
export type McpServer = StdioMcpServer | HttpMcpServer
