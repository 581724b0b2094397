import type { JobError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { ToolApprovalPolicy } from './approval-policy.ts'
import type { McpServerStatus } from './events.ts'
import type { McpInputPolicy } from './input-request.ts'
import type { OAuthAuth, OAuthConfig } from './oauth.ts'
import type { SecretValue } from './secret-value.ts'
import type { TemplateVariable } from './templates.ts'

export type McpTransport = 'stdio' | 'sse' | 'streamableHttp'

/** A name with a value that never leaves the registry again. */
export interface SecretPair {
  readonly name: string
  readonly value: SecretValue
}

/** The stored configuration of a server, with sealed secrets. Args and literal secrets may hold templates. */
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
  readonly auth: HeaderAuthConfig | OAuthConfig | null
  readonly headers: readonly SecretPair[]
}

export interface HeaderAuthConfig {
  readonly type: 'HEADER'
  readonly header: string
  readonly token: SecretValue
}

/** Deadlines in ms. `requestMs` starts anew with each progress notification; `maxTotalMs` does not. */
export interface McpTimeouts {
  readonly connectMs: number
  readonly requestMs: number
  readonly maxTotalMs: number
}

/**
 * The revisions of the protocol that a server speaks: LEGACY begins a session by `initialize` (up to 2025-11-25), MODERN
 * has no sessions (from 2026-07-28 on).
 */
export type ProtocolEra = 'LEGACY' | 'MODERN'

/** The era that may be spoken with a server: AUTO asks the server. */
export type ProtocolEraPolicy = 'AUTO' | ProtocolEra

/** The era that a server was found to be of. */
export interface NegotiatedEra {
  readonly era: ProtocolEra
  /** Epoch milliseconds. */
  readonly at: number
  /** Of the server's configuration: another one may lead to another server. */
  readonly revision: number
}

/**
 * Handling of new or changed tools in a refresh. ACCEPT accepts them. WARN accepts them and notifies in the feed. QUARANTINE
 * notifies too, and keeps the definition in force, or none, until an operator approves the new one. A definition with hidden
 * text (`McpTool.warnings`) is new or changed like any other, even if only hidden text has changed.
 */
export type ToolChangePolicy = 'ACCEPT' | 'WARN' | 'QUARANTINE'

/** The `serverInfo` of the server's answer to `initialize`. */
export interface McpServerInfo {
  readonly name: string
  readonly title?: string
  readonly version: string
  readonly websiteUrl?: string
}

export interface ServerHealth {
  /** Epoch milliseconds of the last connection or refresh that ended, either way. */
  readonly checkedAt: number | null
  /** Duration of the last successful connection attempt, in ms. */
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
  /** Which runs of tools without a policy of their own wait for an approval. */
  readonly approvalPolicy: ToolApprovalPolicy
  /** What becomes of the server's requests for input. */
  readonly inputPolicy: McpInputPolicy
  /** Interval between scheduled refreshes, in ms; null for none. */
  readonly refreshIntervalMs: number | null
  /** Starts at 1 and grows with each configuration change. */
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly state: ServerState
}

/** The facts that the registry learned of a server, beside its configuration. */
export interface ServerState {
  readonly status: McpServerStatus
  readonly health: ServerHealth
  readonly protocolVersion: string | null
  readonly serverInfo: McpServerInfo | null
  readonly instructions: string | null
  /** Absent while the era is not known for certain: the next dial asks for it. */
  readonly negotiated?: NegotiatedEra | undefined
  /** Epoch milliseconds until which the server says that its list of tools stays as it is. */
  readonly toolsFreshUntil?: number | undefined
}

export const neverConnected: ServerState = {
  status: 'NEVER_CONNECTED',
  health: { checkedAt: null, latencyMs: null, consecutiveFailures: 0, lastError: null },
  protocolVersion: null,
  serverInfo: null,
  instructions: null,
}

/** The visible part of a secret: its name, and whether it is set. */
export interface SecretEntry {
  readonly name: string
  readonly isSet: boolean
  /** LITERAL: stored here. ENV, PROVIDER: read each time the server is connected. */
  readonly source: 'LITERAL' | 'ENV' | 'PROVIDER'
  /** The name of the variable, or the reference for the provider. */
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
  /** Null before the first connection. */
  readonly protocolEra: ProtocolEra | null
  readonly protocolEraPolicy: ProtocolEraPolicy
  readonly protocolVersion: string | null
  readonly serverInfo: McpServerInfo | null
  readonly instructions: string | null
  readonly timeouts: McpTimeouts
  /** Interval between scheduled refreshes, in ms; null for none. */
  readonly refreshIntervalMs: number | null
  readonly toolChangePolicy: ToolChangePolicy
  /** Which runs of tools without a policy of their own wait for an approval. */
  readonly approvalPolicy: ToolApprovalPolicy
  /** What becomes of the server's requests for input. */
  readonly inputPolicy: McpInputPolicy
  /** Until when the server says that its list of tools stays as it is; null if it does not, or that time has passed. */
  readonly toolsFreshUntil: Date | null
  /** The variables of the templates of its configuration, each once. */
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

/** Credentials in a header, sent with each request. */
export interface HeaderAuth {
  readonly type: 'HEADER'
  readonly header: string
  readonly token: SecretEntry
}

export interface HttpMcpServer extends McpServerBase {
  readonly transport: 'sse' | 'streamableHttp'
  readonly serverUrl: string
  readonly auth: HeaderAuth | OAuthAuth | null
  readonly customHeaders: readonly SecretEntry[]
}

/** A registered server as callers see it: secrets by name only. */
export type McpServer = StdioMcpServer | HttpMcpServer
