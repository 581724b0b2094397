import type { ServerId, ToolId } from '../base/ids.ts'
import type { AuditAction } from './audit-event.ts'
import type { JobStatus, McpServerStatus } from './events.ts'
import type { FeatureKind } from './feature.ts'
import type { McpTransport } from './server.ts'

/** Every given member must match. `contains` and `startsWith` are case-sensitive. */
export interface StringFilter {
  readonly eq?: string
  readonly in?: readonly string[]
  readonly contains?: string
  readonly startsWith?: string
}

export interface ServerFilter {
  readonly name?: StringFilter
  readonly transport?: readonly McpTransport[]
  readonly status?: readonly McpServerStatus[]
  /** At least one label must match. */
  readonly label?: StringFilter
  readonly enabled?: boolean
}

export interface ToolFilter {
  readonly name?: StringFilter
  readonly serverId?: readonly ServerId[]
  readonly enabled?: boolean
  /** By hint; without hints a tool is not `readOnly`, and is `destructive` (the defaults of MCP). */
  readonly readOnly?: boolean
  readonly destructive?: boolean
  /** Whether a definition waits for approval. */
  readonly quarantined?: boolean
  /** @default false */
  readonly includeRemoved?: boolean
}

export interface FeatureFilter {
  readonly kind: FeatureKind
  /** By URI, URI template, or the name of a prompt. */
  readonly identifier?: StringFilter
  readonly name?: StringFilter
  readonly mimeType?: StringFilter
  readonly serverId?: readonly ServerId[]
  /** @default false */
  readonly includeRemoved?: boolean
}

export interface RunFilter {
  readonly status?: readonly JobStatus[]
  readonly serverId?: readonly ServerId[]
  readonly toolId?: readonly ToolId[]
  /** Epoch milliseconds: at or after `gte`, before `lt`. */
  readonly createdAt?: { readonly gte?: number; readonly lt?: number }
}

export interface AuditFilter {
  readonly actor?: string
  readonly action?: readonly AuditAction[]
  readonly targetId?: string
  /** Whether it was refused. */
  readonly refused?: boolean
  /** Epoch milliseconds: at or after `gte`, before `lt`. */
  readonly at?: { readonly gte?: number; readonly lt?: number }
}

export type AuditSort = 'AT'
export type ServerSort = 'NAME' | 'CREATED_AT' | 'UPDATED_AT'
export type ToolSort = 'NAME' | 'FIRST_SEEN_AT'
export type FeatureSort = 'NAME'
export type RunSort = 'CREATED_AT'
export type RefreshSort = 'CREATED_AT'

/** The place of a row in an order: the value of the sort column, then the id. */
export interface SortKey {
  readonly value: string | number
  readonly id: string
}

/** A keyset page: at most `limit` rows beyond `beyond`, walked in `direction` of `sort`, ties by id in the same direction. */
export interface PageQuery<Filter, Sort extends string> {
  readonly filter: Filter
  readonly sort: Sort
  readonly direction: 'ASC' | 'DESC'
  readonly limit: number
  /** Rows strictly after this key in `direction`. */
  readonly beyond?: SortKey
  /** Whether the page may end early at `ReadLimit`. @default false */
  readonly mayEndEarly?: boolean
  /** Whether to omit the results of runs, which are null then. @default false */
  readonly withoutResults?: boolean
}

/** The rows of a page. */
export type PageRows<Row> = readonly Row[] & {
  /** Whether the page ended before its limit, with more rows to come. */
  readonly endsEarly?: true
}

/** Limit of the bytes that one read loads into memory, for storages that keep rows elsewhere. */
export interface ReadLimit {
  readonly bytes: number
  /** Called for each page that ends early. */
  onEarlyEnd(): void
  /** The error of a read that cannot end early. */
  exceeded(got: number): Error
}
