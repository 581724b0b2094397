import type { AuditAction, AuditRecord } from '../audit/audit-event.ts'
import type { CanceledBy, JobError } from '../errors.ts'
import type {
  EndedJobStatus,
  JobEvent,
  JobStatus,
  Logged,
  McpServerStatus,
  ServerEvent,
  Topic,
} from '../events/events.ts'
import type { JobId, OwnerId, RefreshId, RunId, ServerId, TenantId, ToolId } from '../ids.ts'
import type { OwnerRecord, RefreshRecord, RunRecord } from '../jobs/job.ts'
import type { MasterKeySource } from '../secrets/master-key.ts'
import type { SecretKeyRecord } from '../secrets/secret-key-record.ts'
import type { McpTransport, ServerRecord, ServerState } from '../servers/server.ts'
import type { ChildKey, ChildRecord } from '../sessions/stdio/child-record.ts'
import type { ToolDefinition, ToolQuarantine, ToolRecord, ToolSettings } from '../tools/tool.ts'

/** Every given member must hold. `contains` and `startsWith` are case-sensitive. */
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
  /** Some label must match. */
  readonly label?: StringFilter
  readonly enabled?: boolean
}

export interface ToolFilter {
  readonly name?: StringFilter
  readonly serverId?: readonly ServerId[]
  readonly enabled?: boolean
  /** Against the hint; a tool without the hint counts as false for `readOnly` and as true for `destructive` (MCP's defaults). */
  readonly readOnly?: boolean
  readonly destructive?: boolean
  /** Whether a definition waits for approval. */
  readonly quarantined?: boolean
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
export type RunSort = 'CREATED_AT'

/** Where a row stands in an order: the value of the sort column, then the id. */
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
}

/**
 * One change to what a tenant has. A commit is a list of them and happens whole or not at all.
 * A change that does not find its row among the tenant's, or finds another revision, fails the commit with the error named
 * beside it.
 */
export type Write =
  /** NAME_TAKEN with `details.serverId` and path `['name']` */
  | { readonly kind: 'insertServer'; readonly server: ServerRecord }
  /** Replaces all but `state`. NOT_FOUND; REVISION_CONFLICT with `details.serverId` where the stored revision is not `ifRevision`; NAME_TAKEN */
  | { readonly kind: 'updateServer'; readonly server: ServerRecord; readonly ifRevision: number }
  /** NOT_FOUND */
  | {
      readonly kind: 'setServerState'
      readonly serverId: ServerId
      readonly state: ServerState
      /** REVISION_CONFLICT where the stored revision is another one. */
      readonly ifRevision?: number
    }
  /** With its tools; its refreshes, runs and their logs stay. NOT_FOUND */
  | { readonly kind: 'deleteServer'; readonly serverId: ServerId }
  /** NOT_FOUND where a server is gone */
  | { readonly kind: 'insertTools'; readonly tools: readonly ToolRecord[] }
  /** Changes definition and quarantine, and brings a removed tool back; leaves the settings. NOT_FOUND */
  | { readonly kind: 'redefineTools'; readonly tools: readonly ToolRedefinition[]; readonly at: number }
  /** NOT_FOUND */
  | { readonly kind: 'removeTools'; readonly toolIds: readonly ToolId[]; readonly at: number }
  /** Puts in force the definition that waits. REVISION_CONFLICT where that is not the one of this text. */
  | {
      readonly kind: 'approveTool'
      readonly toolId: ToolId
      readonly definition: ToolDefinition
      readonly definitionText: string
      readonly at: number
    }
  /** NOT_FOUND */
  | { readonly kind: 'setTool'; readonly toolId: ToolId; readonly settings: ToolSettings; readonly at: number }
  /**
   * NOT_FOUND and REVISION_CONFLICT where the server is not at `ifRevision`; IDEMPOTENCY_CONFLICT with `details.jobId` where
   * another refresh of it is unfinished
   */
  | { readonly kind: 'insertRefresh'; readonly refresh: RefreshRecord; readonly ifRevision?: number }
  /** NOT_FOUND */
  | { readonly kind: 'updateRefresh'; readonly refresh: RefreshRecord }
  /** IDEMPOTENCY_CONFLICT with `details.jobId` where another run has the key */
  | { readonly kind: 'insertRun'; readonly run: RunRecord }
  /** Changes status, times, error, result, owner and idempotency key. NOT_FOUND; IDEMPOTENCY_CONFLICT */
  | { readonly kind: 'updateRun'; readonly run: RunRecord }
  /** Removes jobs with their logs. One that is not there is no error. */
  | { readonly kind: 'deleteJobs'; readonly ids: readonly JobId[] }
  /** Asks whoever works on the job to cancel it; the first one that asks is heard. */
  | { readonly kind: 'requestCancel'; readonly request: CancelRequest }
  /** One that is not there is no error. */
  | { readonly kind: 'forgetCancel'; readonly jobId: JobId }
  /** What is there stays for ever. */
  | { readonly kind: 'appendAudit'; readonly event: AuditRecord }
  /** Appends to the log of one job; the storage numbers the events. */
  | {
      readonly kind: 'appendJobEvents'
      readonly jobId: JobId
      readonly at: number
      readonly events: readonly JobEvent[]
    }
  /** Appends to the feed of all servers, and forgets all but about the last `keep` of it. */
  | {
      readonly kind: 'appendServerEvents'
      readonly at: number
      readonly events: readonly ServerEvent[]
      readonly keep: number
    }

/** That a job which another process works on is to be cancelled. */
export interface CancelRequest {
  readonly jobId: JobId
  readonly canceledBy: CanceledBy
  readonly reason: string | null
  readonly at: number
}

/** A change to what belongs to no tenant: the processes that use the storage. */
export type SystemWrite =
  /** Replaces what was recorded of an earlier process with the same key. */
  | { readonly kind: 'recordChild'; readonly child: ChildRecord }
  /** One that is not recorded is no error. */
  | { readonly kind: 'forgetChild'; readonly child: ChildKey }
  | { readonly kind: 'insertSecretKey'; readonly key: SecretKeyRecord }
  /** Nothing where another master key than `ifMasterKeyId` wraps it by now. */
  | { readonly kind: 'rewrapSecretKey'; readonly key: SecretKeyRecord; readonly ifMasterKeyId: string }
  /** With a lease, it is taken for gone when it was not renewed for so long; null: as long as its process lives. */
  | { readonly kind: 'insertOwner'; readonly owner: OwnerRecord; readonly leaseMs: number | null }
  /** From now on. LEASE_LOST */
  | { readonly kind: 'renewOwner'; readonly ownerId: OwnerId; readonly leaseMs: number }
  /** After all commits under its lease. NOT_FOUND, also where it is to have lapsed and has not. */
  | { readonly kind: 'deleteOwner'; readonly ownerId: OwnerId; readonly ifLapsed?: true }
  /** Leaves unfinished jobs without an owner. One that is not there is no error. */
  | { readonly kind: 'disownJobs'; readonly ids: readonly JobId[] }
  /** Ends the unfinished jobs of all tenants whose owner is not recorded, and says so in their logs. */
  | { readonly kind: 'endAbandonedJobs'; readonly at: number; readonly ends: AbandonedEnds }

/** How jobs end that nobody works on any more. */
export interface AbandonedEnds {
  readonly refresh: AbandonedEnd
  readonly queuedRun: AbandonedEnd
  readonly runningRun: AbandonedEnd
}

export interface AbandonedEnd {
  readonly status: EndedJobStatus
  readonly error: JobError
}

/** A tenant's change, said of which one. */
export type TenantWrite = Write & { readonly tenantId: TenantId }

export interface ToolRedefinition {
  readonly id: ToolId
  readonly quarantine: ToolQuarantine | null
  readonly definition: ToolDefinition
  readonly definitionText: string
}

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
  page(query: PageQuery<ServerFilter, ServerSort>): Promise<readonly ServerRecord[]>
  count(filter: ServerFilter): Promise<number>
}

export interface ToolReads {
  get(id: ToolId): Promise<ToolRecord | undefined>
  /** Among the tools that are not removed. */
  getByName(serverId: ServerId, name: string): Promise<ToolRecord | undefined>
  getMany(ids: readonly ToolId[]): Promise<readonly ToolRecord[]>
  /** What a refresh compares with: all of them, removed ones too. */
  definitionsOf(serverId: ServerId): Promise<readonly StoredDefinition[]>
  page(query: PageQuery<ToolFilter, ToolSort>): Promise<readonly ToolRecord[]>
  count(filter: ToolFilter): Promise<number>
  /** The page that each server would get for itself, in one read. A server without rows has no entry. */
  pageByServer(
    serverIds: readonly ServerId[],
    query: PageQuery<ToolFilter, ToolSort>,
  ): Promise<ReadonlyMap<ServerId, readonly ToolRecord[]>>
  countByServer(serverIds: readonly ServerId[], filter: ToolFilter): Promise<ReadonlyMap<ServerId, number>>
}

export interface RefreshReads {
  get(id: RefreshId): Promise<RefreshRecord | undefined>
  getMany(ids: readonly RefreshId[]): Promise<readonly RefreshRecord[]>
  /** The newest refresh of each server. */
  latestByServer(serverIds: readonly ServerId[]): Promise<ReadonlyMap<ServerId, RefreshRecord>>
}

export interface RunReads {
  get(id: RunId): Promise<RunRecord | undefined>
  getMany(ids: readonly RunId[]): Promise<readonly RunRecord[]>
  getByIdempotencyKey(key: string): Promise<RunRecord | undefined>
  page(query: PageQuery<RunFilter, RunSort>): Promise<readonly RunRecord[]>
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
  page(query: PageQuery<AuditFilter, AuditSort>): Promise<readonly AuditRecord[]>
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
export type News = { readonly topic: Topic } | { readonly kind: 'CANCEL' | 'CATALOG' | 'ANYTHING' }

/** An owner with how long its lease lasts yet, in ms by the clock of the database; null: it has none. */
export type StoredOwner = OwnerRecord & { readonly lapsesInMs: number | null }

/** Child processes that a registry may have left behind. */
export interface ChildReads {
  /** Those recorded on the machine of this name. */
  ofHost(host: string): Promise<readonly ChildRecord[]>
}

/** Whether nobody works any more on what belongs to this owner; null: to none. */
export type GoneOwners = (owner: OwnerId | null) => boolean

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
export interface UpkeepReads {
  /** Those that have a server. */
  tenants(): Promise<readonly TenantId[]>
  /** Servers that are enabled and refresh on an interval. */
  scheduledServers(): Promise<readonly OfTenant<ServerRecord>[]>
  /** Servers that are CONNECTING. */
  dialledServers(): Promise<readonly OfTenant<ServerRecord>[]>
  /** The unfinished jobs of an owner. */
  unfinishedOf(owner: OwnerId): Promise<readonly { readonly id: JobId; readonly createdAt: number }[]>
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
}

/**
 * What one tenant has: reads by use, and one way to write. What belongs to another tenant is not there, whatever its id,
 * name or key.
 */
export interface TenantStorage {
  readonly tenantId: TenantId
  readonly servers: ServerReads
  readonly tools: ToolReads
  readonly refreshes: RefreshReads
  readonly runs: RunReads
  readonly log: LogReads
  readonly audit: AuditReads
  /**
   * Changes whenever a server (its state aside) or a tool may have changed, whoever changed it, and so tells whether what
   * was read of them still holds. Undefined where the storage cannot tell.
   */
  catalogVersion(): string | undefined
  /**
   * Applies all of `writes` in order, or none: a failed commit leaves everything as it was. Once it resolves, the writes
   * outlive this process however it ends. Rejects with STORAGE_UNAVAILABLE too, as the reads do, and where `ownership`
   * is by lease with LEASE_LOST unless `owner` is recorded: else the one of `useLease`.
   */
  commit(writes: readonly Write[], owner?: OwnerId): Promise<void>
}

/** An open storage. Whoever opened it closes it. */
export interface Storage {
  /** The only way to what a tenant has. It holds nothing open. */
  tenant(id: TenantId): TenantStorage
  readonly upkeep: UpkeepReads
  readonly children: ChildReads
  /** Changes whenever another process, or another registry, wrote anything. Undefined where none can, or `onNews` tells. */
  foreignVersion(): number | undefined
  /**
   * Tells what others have written, where the storage is told of it: nobody has to ask `foreignVersion` then. Answers the
   * function that ends it.
   */
  readonly onNews?: (listener: (news: News) => void) => () => void
  /** As a tenant's, over several tenants and what belongs to none; null: under no lease. */
  commit(writes: readonly (TenantWrite | SystemWrite)[], owner?: OwnerId | null): Promise<void>
  /** How it is told whether an owner is gone: by its process, or by its lease, as machines do that share a database. */
  readonly ownership: 'PROCESS' | 'LEASE'
  /** Under whose lease commits are made that name no other. */
  useLease(owner: OwnerId): void
  /** The registries that have this storage open, or had when their process ended. */
  owners(): Promise<readonly StoredOwner[]>
  /** The data keys of all tenants, wrapped, the oldest first. */
  secretKeys(): Promise<readonly SecretKeyRecord[]>
  /**
   * Once no row holds a secret in clear any more: makes sure that no byte of the files does, where a version that stored
   * them so wrote here. Rejects with STORAGE_UNAVAILABLE where another process stands in the way; then the next call,
   * also of a later process, makes up for it.
   */
  eraseClearText(): Promise<void>
  /** Makes readable what owners that are gone had committed and not yet set down where it is read. */
  recover(isGone: GoneOwners): Promise<void>
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
