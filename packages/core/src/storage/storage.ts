import type { JobId, NodeId, RefreshId, RunId, ServerId, TenantId, ToolId } from '../base/ids.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { ChildRecord } from '../model/child-process.ts'
import type { JobEvent, JobStatus, Logged, ServerEvent, Topic } from '../model/events.ts'
import type {
  AuditFilter,
  AuditSort,
  PageQuery,
  PageRows,
  ReadLimit,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  ToolFilter,
  ToolSort,
} from '../model/filters.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../model/job.ts'
import type { MasterKeySource } from '../model/master-key-source.ts'
import type { Rank } from '../model/rank.ts'
import type { SecretKeyRecord } from '../model/secret-key-record.ts'
import type { ServerRecord } from '../model/server.ts'
import type { ToolQuarantine, ToolRecord } from '../model/tool.ts'
import type { ToolSearch } from '../model/tool-search.ts'
import type { CancelRequest, SystemWrite, TenantWrite, Write } from './write.ts'

export interface StoredDefinition {
  readonly id: ToolId
  readonly name: string
  readonly removedAt: number | null
  readonly definitionText: string
  readonly quarantine: ToolQuarantine | null
}

export interface ServerReads {
  get(id: ServerId): Promise<ServerRecord | undefined>
  getByName(name: string): Promise<ServerRecord | undefined>
  /** Those that exist, in any order. */
  getMany(ids: readonly ServerId[]): Promise<readonly ServerRecord[]>
  /** Of those that exist. */
  namesOf(ids: readonly ServerId[]): Promise<ReadonlyMap<ServerId, string>>
  page(query: PageQuery<ServerFilter, ServerSort>): Promise<PageRows<ServerRecord>>
  count(filter: ServerFilter): Promise<number>
}

export interface ToolReads {
  get(id: ToolId): Promise<ToolRecord | undefined>
  /** Among the tools that are not removed. */
  getByName(serverId: ServerId, name: string): Promise<ToolRecord | undefined>
  /** `isBounded`: rejects as `ReadLimit` has it. @default false, for what a refresh has listed, which is bounded */
  getMany(ids: readonly ToolId[], options?: { readonly isBounded: boolean }): Promise<readonly ToolRecord[]>
  /** What a refresh compares with: all of them, removed ones too, in pages of a few MB. */
  definitionsOf(serverId: ServerId): AsyncIterable<readonly StoredDefinition[]>
  page(query: PageQuery<ToolFilter, ToolSort>): Promise<PageRows<ToolRecord>>
  count(filter: ToolFilter): Promise<number>
  /** The page that each server would get for itself, in one read. A server without rows has no entry. */
  pageByServer(
    serverIds: readonly ServerId[],
    query: PageQuery<ToolFilter, ToolSort>,
  ): Promise<ReadonlyMap<ServerId, readonly ToolRecord[]>>
  countByServer(serverIds: readonly ServerId[], filter: ToolFilter): Promise<ReadonlyMap<ServerId, number>>
  /**
   * The tools that fit best (score.ts), at most `limit`, behind `beyond`. Of words that thousands of tools have, only some
   * of those may have been ranked: first the ones that have them in their names.
   */
  search(search: ToolSearch, limit: number, beyond?: Rank): Promise<readonly FoundTool[]>
  /** All that fit. */
  searchCount(search: ToolSearch): Promise<number>
}

export interface FoundTool {
  readonly tool: ToolRecord
  readonly score: number
}

export interface RefreshReads {
  get(id: RefreshId): Promise<RefreshRecord | undefined>
  getMany(ids: readonly RefreshId[]): Promise<readonly RefreshRecord[]>
  /** The newest refresh of each server. */
  latestByServer(serverIds: readonly ServerId[]): Promise<ReadonlyMap<ServerId, RefreshRecord>>
  /** Those of a server that have ended and are older than the newest ones that take `bytes` together with their events; never the newest. */
  beyondBytes(serverId: ServerId, bytes: number): Promise<readonly RefreshId[]>
}

export interface RunReads {
  get(id: RunId): Promise<RunRecord | undefined>
  /** Rejects as `ReadLimit` has it. */
  getMany(ids: readonly RunId[]): Promise<readonly RunRecord[]>
  getByIdempotencyKey(key: string): Promise<RunRecord | undefined>
  page(query: PageQuery<RunFilter, RunSort>): Promise<PageRows<RunRecord>>
  count(filter: RunFilter): Promise<number>
  pageByServer(
    serverIds: readonly ServerId[],
    query: PageQuery<RunFilter, RunSort>,
  ): Promise<ReadonlyMap<ServerId, readonly RunRecord[]>>
  countByServer(serverIds: readonly ServerId[], filter: RunFilter): Promise<ReadonlyMap<ServerId, number>>
  pageByTool(
    toolIds: readonly ToolId[],
    query: PageQuery<RunFilter, RunSort>,
  ): Promise<ReadonlyMap<ToolId, readonly RunRecord[]>>
  countByTool(toolIds: readonly ToolId[], filter: RunFilter): Promise<ReadonlyMap<ToolId, number>>
}

export interface LogReads {
  /** At most `limit` events of the job with a number above `after`, in order. */
  jobEvents(jobId: JobId, after: number, limit: number): Promise<readonly Logged<JobEvent>[]>
  /** The number of the last event of each job that has one. */
  lastJobSeqs(jobIds: readonly JobId[]): Promise<ReadonlyMap<JobId, number>>
  /**
   * As `jobEvents`, over the feed of all servers of the tenant, or of one; with the numbers of the oldest kept event and of the last one
   * ever appended, 0 before the first, as they were when the events were read.
   */
  serverEvents(after: number, limit: number, serverId?: ServerId): Promise<ServerEventPage>
  /** 0 before the first. */
  lastServerSeq(): Promise<number>
}

export interface AuditReads {
  page(query: PageQuery<AuditFilter, AuditSort>): Promise<PageRows<AuditRecord>>
  count(filter: AuditFilter): Promise<number>
}

export interface ServerEventPage {
  readonly events: readonly Logged<ServerEvent>[]
  readonly oldest: number
  readonly last: number
}

/**
 * What somebody else has written: news of a topic, a request to cancel a job, servers or tools, or anything, as some of it
 * was not heard.
 */
export type ChangeNotification = { readonly topic: Topic } | { readonly kind: 'CANCEL' | 'CATALOG' | 'ANYTHING' }

/** An owner with how long its lease lasts yet, in ms by the clock of the database; null: it has none. */
export type StoredNode = NodeRecord & { readonly lapsesInMs: number | null }

/** Child processes that a registry may have left behind. */
export interface ChildReads {
  /** Those recorded on the machine of this name. */
  ofHost(host: string): Promise<readonly ChildRecord[]>
}

/** Whether nobody works any more on what belongs to this owner; null: to none. */
export type IsDeadNode = (owner: NodeId | null) => boolean

export interface OfTenant<Row> {
  readonly tenantId: TenantId
  readonly record: Row
}

/** What decides whether a job is kept. */
export interface OldJob {
  readonly tenantId: TenantId
  readonly status: JobStatus
  readonly createdAt: number
  /** About how many of its kind came after it. */
  readonly newer: number
}

/** What a registry reads of all tenants to keep its house. No caller is answered anything of it. */
export interface CrossTenantReads {
  /** Those that have a server. */
  tenants(): Promise<readonly TenantId[]>
  /** Servers that are enabled and refresh on an interval. */
  scheduledServers(): Promise<readonly OfTenant<ServerRecord>[]>
  /** Servers that are CONNECTING. */
  dialledServers(): Promise<readonly OfTenant<ServerRecord>[]>
  /** The unfinished jobs of an owner. */
  unfinishedOf(owner: NodeId): Promise<readonly { readonly id: JobId; readonly createdAt: number }[]>
  /** All that are open: few, as whoever works on the job forgets it. */
  cancelRequests(): Promise<readonly OfTenant<CancelRequest>[]>
  /** At most `limit` in the order in which they were made, those after `after`. */
  oldestRefreshes(
    after: RefreshId | undefined,
    limit: number,
  ): Promise<readonly (OldJob & Pick<RefreshRecord, 'id' | 'serverId'>)[]>
  oldestRuns(
    after: RunId | undefined,
    limit: number,
  ): Promise<readonly (OldJob & Pick<RunRecord, 'id' | 'idempotencyKey'>)[]>
  /** At most `limit` tools that were removed before `before`, the oldest first. */
  oldestRemovedTools(before: number, limit: number): Promise<readonly OfTenant<Pick<ToolRecord, 'id' | 'serverId'>>[]>
  /** At most `limit` events of the audit from before `before`, the oldest first. */
  oldestAudit(before: number, limit: number): Promise<readonly OfTenant<Pick<AuditRecord, 'id' | 'at'>>[]>
}

/** The reads of one tenant. */
export interface TenantReads {
  readonly servers: ServerReads
  readonly tools: ToolReads
  readonly refreshes: RefreshReads
  readonly runs: RunReads
  readonly log: LogReads
  readonly audit: AuditReads
}

/**
 * The data of one tenant: reads by use, and one way to write. The data of another tenant is not found, whatever its id,
 * name or key.
 */
export interface TenantStorage extends TenantReads {
  readonly tenantId: TenantId
  /**
   * Changes whenever a server (its state aside) or a tool may have changed, in any process, and so tells if cached reads
   * still hold. Undefined if the storage cannot know.
   */
  catalogVersion(): string | undefined
  /**
   * Applies all of `writes` in order, or none: a failed commit leaves everything as it was. Once it resolves, the writes
   * outlive this process however it ends. Rejects with the errors beside the writes and with STORAGE_UNAVAILABLE, as reads
   * do. With `ownership` by lease it rejects with LEASE_LOST unless the node is recorded: `owner`, or that of `useLease`.
   */
  commit(writes: readonly Write[], owner?: NodeId): Promise<void>
}

/** An open storage. Whoever opened it closes it. */
export interface Storage {
  /** The only way to what a tenant has. It holds nothing open. */
  tenant(id: TenantId): TenantStorage
  readonly crossTenant: CrossTenantReads
  readonly children: ChildReads
  /** Changes whenever another process, or another registry, wrote anything. Undefined where none can, or `onChange` tells. */
  remoteVersion(): number | undefined
  /**
   * Tells what others have written, where the storage is told of it: nobody has to ask `remoteVersion` then. Answers the
   * function that ends it.
   */
  readonly onChange?: (listener: (change: ChangeNotification) => void) => () => void
  /** As a tenant's, over several tenants and what belongs to none; null: under no lease. */
  commit(writes: readonly (TenantWrite | SystemWrite)[], owner?: NodeId | null): Promise<void>
  /** How it is told whether an owner is gone: by its process, or by its lease, as machines do that share a database. */
  readonly ownership: 'PROCESS' | 'LEASE'
  /** Under whose lease commits are made that name no other. */
  useLease(owner: NodeId): void
  /** Bounds every read from now on; a single row is read whatever it takes. */
  readonly limitReads?: (limit: ReadLimit) => void
  /** The registries that have this storage open, or had when their process ended. */
  nodes(): Promise<readonly StoredNode[]>
  /** The data keys of all tenants, wrapped, the oldest first. */
  secretKeys(): Promise<readonly SecretKeyRecord[]>
  /**
   * Once no row holds a secret in clear any more: makes sure that no byte of the files does, where a version that stored
   * them so wrote here. Rejects with STORAGE_UNAVAILABLE where another process stands in the way; then the next call,
   * also of a later process, makes up for it.
   */
  purgePlaintext(): Promise<void>
  /** Makes readable what owners that are gone had committed and not yet set down where it is read. */
  recover(isDead: IsDeadNode): Promise<void>
  close(): Promise<void>
}

/** Where a registry keeps what it knows. `createRegistry` opens it, and its `close()` closes it. */
export interface StorageAdapter {
  /** Rejects with STORAGE_INVALID or STORAGE_TOO_NEW. */
  open(): Promise<Storage>
  /**
   * Master keys kept beside the storage, for registries that are given none: made where there is none yet, the one that
   * wraps first. Read anew at each call. Rejects with STORAGE_INVALID.
   */
  readonly masterKeys?: MasterKeySource
}
