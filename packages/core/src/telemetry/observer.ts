import type { ErrorCode } from '../base/errors.ts'
import type { JobId, ServerId, TenantId } from '../base/ids.ts'
import type { EndedJobStatus } from '../model/events.ts'
import type { McpTransport } from '../model/server.ts'

/** An MCP request of this registry that has ended. */
export interface McpOperation {
  readonly method: 'initialize' | 'ping' | 'tools/list' | 'tools/call'
  readonly transport: McpTransport
  readonly tenantId: TenantId
  readonly serverId: ServerId
  /** Of `tools/call`, else null. */
  readonly toolName: string | null
  /** From before it was sent to its end. */
  readonly durationMs: number
  /**
   * Null where it succeeded; `tool_error` where the tool answered with `isError`, the number of a JSON-RPC error, or the
   * code of a `RegistryError`.
   */
  readonly errorType: string | null
}

/** A run or a refresh of this registry that has ended, once that is recorded. */
export interface EndedJob {
  readonly kind: 'RUN' | 'REFRESH'
  readonly id: JobId
  readonly tenantId: TenantId
  readonly serverId: ServerId
  readonly serverName: string
  /** Of a run, else null. */
  readonly toolName: string | null
  readonly status: EndedJobStatus
  readonly errorCode: ErrorCode | null
  /** From its creation to its end, with all that it waited for. */
  readonly durationMs: number
  /** Null where nothing traced it. */
  readonly traceId: string | null
}

/**
 * Hears of what a registry does, to count and log it without OpenTelemetry. Called synchronously: it must be quick. What it
 * throws goes to `onError`.
 */
export interface RegistryObserver {
  onOperation?(operation: McpOperation): void
  onJobEnded?(job: EndedJob): void
  /** Events were read for those who wait for them, so many ms after it was known that they are committed. */
  onEventsRead?(lagMs: number): void
}
