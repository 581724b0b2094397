import type { ErrorCode } from '../base/errors.ts'
import type { JobId, ServerId, TenantId } from '../base/ids.ts'
import type { EndedJobStatus } from '../model/events.ts'
import type { McpTransport } from '../model/server.ts'

/** An MCP request of this registry that has ended. */
export interface McpOperation {
  readonly method:
    | 'initialize'
    | 'server/discover'
    | 'ping'
    | 'tools/list'
    | 'tools/call'
    | 'resources/list'
    | 'resources/templates/list'
    | 'resources/read'
    | 'resources/subscribe'
    | 'resources/unsubscribe'
    | 'prompts/list'
    | 'prompts/get'
    | 'completion/complete'
  readonly transport: McpTransport
  readonly tenantId: TenantId
  readonly serverId: ServerId
  /** The tool of `tools/call`; null for other methods. */
  readonly toolName: string | null
  /** Time from before the request was sent to its end, in ms. */
  readonly durationMs: number
  /**
   * Null if the request succeeded. Otherwise `tool_error` if the tool answered with `isError`, the number of a JSON-RPC error,
   * or the code of a `RegistryError`.
   */
  readonly errorType: string | null
}

/** A run or refresh of this registry whose end is stored. */
export interface EndedJob {
  readonly kind: 'RUN' | 'REFRESH'
  readonly id: JobId
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly serverName: string
  /** The tool of a run; null for a refresh. */
  readonly toolName: string | null
  readonly status: EndedJobStatus
  readonly errorCode: ErrorCode | null
  /** Time from the creation of the job to its end, in ms, with all waits. */
  readonly durationMs: number
  /** Null without tracing. */
  readonly traceId: string | null
}

/** An attempt to renew the tokens of a server: REFUSED is final, FAILED is tried again. */
export interface TokenRenewal {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly outcome: 'SUCCEEDED' | 'FAILED' | 'REFUSED'
}

/**
 * Receives what a registry does, to count and log it without OpenTelemetry. The registry calls it synchronously, so it must be
 * quick. Whatever it throws goes to `onError`.
 */
export interface RegistryObserver {
  /** An MCP request has ended. */
  onOperation?(operation: McpOperation): void
  /** A run or refresh has ended. */
  onJobEnded?(job: EndedJob): void
  /** The tokens of a server that uses OAuth were renewed, or not. */
  onTokensRenewed?(renewal: TokenRenewal): void
  /** Events were read for subscribers, `lagMs` after the registry learned that they are committed. */
  onEventsRead?(lagMs: number): void
}
