// Longer than other files: the list of all that a storage does.
import type { RegistryError } from '../base/errors.ts'
import type { JobId, NodeId, RefreshId, RunId, ServerId, TenantId, ToolId } from '../base/ids.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { ChildRecord } from '../model/child-process.ts'
import type { JobEvent, Logged, ServerEvent, Topic } from '../model/events.ts'
import type { FeatureId, FeatureKind, FeatureRecord } from '../model/feature.ts'
import type {
  AuditFilter,
  AuditSort,
  FeatureFilter,
  FeatureSort,
  PageQuery,
  PageRows,
  ReadLimit,
  RefreshSort,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  ToolFilter,
  ToolSort,
} from '../model/filters.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../model/job.ts'
import type { MasterKeySource } from '../model/master-key-source.ts'
import type { OAuthClientRecord, OAuthFlowRecord, OAuthGrantRecord } from '../model/oauth.ts'
import type { PauseRecord } from '../model/pause.ts'
import type { Rank } from '../model/rank.ts'
import type { SecretKeyRecord } from '../model/secret-key-record.ts'
import type { ServerRecord } from '../model/server.ts'
import type { ToolQuarantine, ToolRecord } from '../model/tool.ts'
import type { FeatureSearch, ToolSearch } from '../model/tool-search.ts'
import type { CrossTenantReads } from './cross-tenant.ts'
import type { SystemWrite, TenantWrite, Write } from './write.ts'

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
  /** The servers that exist, in any order. */
  getMany(ids: readonly ServerId[]): Promise<readonly ServerRecord[]>
  /** The names of the servers that exist. */
  namesOf(ids: readonly ServerId[]): Promise<ReadonlyMap<ServerId, string>>
  page(query: PageQuery<ServerFilter, ServerSort>): Promise<PageRows<ServerRecord>>
  count(filter: ServerFilter): Promise<number>
}

export interface ToolReads {
  get(id: ToolId): Promise<ToolRecord | undefined>
  /** Finds no removed tool. */
  getByName(serverId: ServerId, name: string): Promise<ToolRecord | undefined>
  /** `isBounded`: rejects if it exceeds `ReadLimit`. @default false, for the tools of a refresh, which are bounded */
  getMany(ids: readonly ToolId[], options?: { readonly isBounded: boolean }): Promise<readonly ToolRecord[]>
  /** All definitions of a server, those of removed tools too, for refreshes to compare; in pages of a few MB. */
  definitionsOf(serverId: ServerId): AsyncIterable<readonly StoredDefinition[]>
  page(query: PageQuery<ToolFilter, ToolSort>): Promise<PageRows<ToolRecord>>
  count(filter: ToolFilter): Promise<number>
  /** The page of each server, in one read. A server without rows has no entry. */
  pageByServer(
    serverIds: readonly ServerId[],
    query: PageQuery<ToolFilter, ToolSort>,
  ): Promise<ReadonlyMap<ServerId, readonly ToolRecord[]>>
  countByServer(serverIds: readonly ServerId[], filter: ToolFilter): Promise<ReadonlyMap<ServerId, number>>
  /**
   * The tools that score best (score.ts), at most `limit`, after `beyond`. If thousands of tools have the words, only some
   * of them may be ranked: first those with the words in their names.
   */
  search(search: ToolSearch, limit: number, beyond?: Rank): Promise<readonly FoundTool[]>
  /** Counts all matches. */
  searchCount(search: ToolSearch): Promise<number>
}

/** A stored resource, template or prompt, as refreshes compare it. */
export interface StoredFeature {
  readonly id: FeatureId
  readonly kind: FeatureKind
  readonly identifier: string
  readonly identifierHash: string
  readonly removedAt: number | null
  readonly definitionText: string
}

/** Reads of resources, templates and prompts. */
export interface FeatureReads {
  get(id: FeatureId): Promise<FeatureRecord | undefined>
  /** Finds no removed one. */
  getByIdentifier(serverId: ServerId, kind: FeatureKind, identifier: string): Promise<FeatureRecord | undefined>
  /** Rejects if it exceeds `ReadLimit`. */
  getMany(ids: readonly FeatureId[]): Promise<readonly FeatureRecord[]>
  /** All definitions of a server, those of removed ones too, for refreshes to compare; in pages of a few MB. */
  definitionsOf(serverId: ServerId): AsyncIterable<readonly StoredFeature[]>
  page(query: PageQuery<FeatureFilter, FeatureSort>): Promise<PageRows<FeatureRecord>>
  count(filter: FeatureFilter): Promise<number>
  /** The page of each server, in one read. A server without rows has no entry. */
  pageByServer(
    serverIds: readonly ServerId[],
    query: PageQuery<FeatureFilter, FeatureSort>,
  ): Promise<ReadonlyMap<ServerId, readonly FeatureRecord[]>>
  countByServer(serverIds: readonly ServerId[], filter: FeatureFilter): Promise<ReadonlyMap<ServerId, number>>
  /** As `ToolReads.search`. */
  search(search: FeatureSearch, limit: number, beyond?: Rank): Promise<readonly FoundFeature[]>
  /** Counts all matches. */
  searchCount(search: FeatureSearch): Promise<number>
}

export interface FoundFeature {
  readonly feature: FeatureRecord
  readonly score: number
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
  /** The page of each server, in one read. A server without rows has no entry. Only the page of a single server ends early. */
  pageByServer(
    serverIds: readonly ServerId[],
    query: PageQuery<unknown, RefreshSort>,
  ): Promise<ReadonlyMap<ServerId, PageRows<RefreshRecord>>>
  countByServer(serverIds: readonly ServerId[]): Promise<ReadonlyMap<ServerId, number>>
  /**
   * The ended refreshes of a server beyond the newest ones that take `bytes` together with their events. Never the newest
   * refresh.
   */
  beyondBytes(serverId: ServerId, bytes: number): Promise<readonly RefreshId[]>
}

export interface RunReads {
  get(id: RunId): Promise<RunRecord | undefined>
  /** Rejects if it exceeds `ReadLimit`. */
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

export interface PauseReads {
  get(runId: RunId): Promise<PauseRecord | undefined>
  /** The pauses that exist, in any order. */
  getMany(runIds: readonly RunId[]): Promise<readonly PauseRecord[]>
  /** The paused runs of a server. */
  runsOfServer(serverId: ServerId): Promise<readonly RunId[]>
  count(): Promise<number>
}

export interface LogReads {
  /** At most `limit` events of the job with a number above `after`, in order. */
  jobEvents(jobId: JobId, after: number, limit: number): Promise<readonly Logged<JobEvent>[]>
  /** The number of the last event of each job that has one. */
  lastJobSeqs(jobIds: readonly JobId[]): Promise<ReadonlyMap<JobId, number>>
  /**
   * As `jobEvents`, over the feed of all servers of the tenant, or of one server. With the numbers of the oldest kept event
   * and of the last one ever appended, read in the same moment; 0 before the first.
   */
  serverEvents(after: number, limit: number, serverId?: ServerId): Promise<ServerEventPage>
  /** 0 before the first. */
  lastServerSeq(): Promise<number>
}

export interface AuditReads {
  page(query: PageQuery<AuditFilter, AuditSort>): Promise<PageRows<AuditRecord>>
  count(filter: AuditFilter): Promise<number>
}

export interface OAuthReads {
  grant(serverId: ServerId): Promise<OAuthGrantRecord | undefined>
  /** The grants that exist, in any order. */
  grants(serverIds: readonly ServerId[]): Promise<readonly OAuthGrantRecord[]>
  /** The client that registered itself with the authorization server for this redirect URI. */
  client(issuer: string, redirectUri: string): Promise<OAuthClientRecord | undefined>
  flow(stateHash: string): Promise<OAuthFlowRecord | undefined>
}

export interface ServerEventPage {
  readonly events: readonly Logged<ServerEvent>[]
  readonly oldest: number
  readonly last: number
}

/**
 * A change by another node: in the log of a topic; a request to the node that works on a job, to cancel it or with the
 * answers that it waits for (REQUEST); or servers, tools and OAuth grants (CATALOG).
 * ANYTHING: notifications were missed, so that anything may have changed.
 */
export type ChangeNotification = { readonly topic: Topic } | { readonly kind: 'REQUEST' | 'CATALOG' | 'ANYTHING' }

/** A node and the rest of its lease, in ms by the clock of the database; null: it has no lease. */
export type StoredNode = NodeRecord & { readonly lapsesInMs: number | null }

/** Child processes that dead registries may have left running. */
export interface ChildReads {
  /** The children that were recorded on the machine of this name. */
  ofHost(host: string): Promise<readonly ChildRecord[]>
}

/** Whether the node works on its jobs no more; null: the node of jobs that have none. */
export type IsDeadNode = (node: NodeId | null) => boolean

/** The reads of one tenant. */
export interface TenantReads {
  readonly servers: ServerReads
  readonly tools: ToolReads
  readonly features: FeatureReads
  readonly refreshes: RefreshReads
  readonly runs: RunReads
  readonly pauses: PauseReads
  readonly log: LogReads
  readonly audit: AuditReads
  readonly oauth: OAuthReads
}

/**
 * The data of one tenant: reads by use, and one way to write. The data of another tenant is not found, whatever its id,
 * name or key.
 */
export interface TenantStorage extends TenantReads {
  readonly tenantId: TenantId
  /**
   * Changes whenever a server (its state aside), a tool or an OAuth grant may have changed, in any process, and so tells if
   * cached reads still hold. Undefined if the storage cannot know.
   */
  catalogVersion(): string | undefined
  /**
   * Applies all of `writes` in order, or none: a failed commit leaves everything as it was. Once it resolves, the writes
   * outlive this process however it ends. Rejects with the errors beside the writes and with STORAGE_UNAVAILABLE, as reads
   * do. With `ownership` by lease it rejects with LEASE_LOST unless the node is recorded: `node`, or that of `useLease`.
   */
  commit(writes: readonly Write[], node?: NodeId): Promise<void>
}

/** An open storage. The caller that opened it closes it. */
export interface Storage {
  /** The only way to the data of a tenant. It holds nothing open. */
  tenant(id: TenantId): TenantStorage
  readonly crossTenant: CrossTenantReads
  readonly children: ChildReads
  /** Changes with every write of another process or registry. Undefined if there can be none, or if `onChange` notifies. */
  remoteVersion(): number | undefined
  /**
   * Notifies of changes by other nodes, so that `remoteVersion` need not be polled. Absent if the storage receives no
   * notifications. Returns a function that unsubscribes.
   */
  readonly onChange?: (listener: (change: ChangeNotification) => void) => () => void
  /** As that of a tenant, over several tenants and the data of none; `node` null: under no lease. */
  commit(writes: readonly (TenantWrite | SystemWrite)[], node?: NodeId | null): Promise<void>
  /** How a dead node is detected: by its process, or by its lease if machines share a database. */
  readonly ownership: 'PROCESS' | 'LEASE'
  /** Makes commits under the lease of this node, unless they name another one. */
  useLease(node: NodeId): void
  /** Bounds every read from now on, except of a single row. */
  readonly limitReads?: (limit: ReadLimit) => void
  /** The registries that have this storage open, or had it open when their process died. */
  nodes(): Promise<readonly StoredNode[]>
  /** The wrapped data keys of all tenants, the oldest first. */
  secretKeys(): Promise<readonly SecretKeyRecord[]>
  /**
   * Removes plaintext secrets of earlier versions from the bytes of the files, once no row holds one any more. If another
   * process is in the way, it rejects with STORAGE_UNAVAILABLE, and the next call, also of a later process, completes it.
   */
  purgePlaintext(): Promise<void>
  /** Makes readable what dead nodes committed and did not flush to its tables. `onDamage` receives what cannot be read of it. */
  recover(isDead: IsDeadNode, onDamage: (damage: RegistryError) => void): Promise<void>
  /**
   * Brings what searches find up to date in the background from now on: after commits, with what other processes left, and
   * while little else is going on. `onError` receives failures. Answers the function that ends it, which resolves once
   * nothing is under way.
   */
  indexInBackground(onError: (error: unknown) => void): () => Promise<void>
  close(): Promise<void>
}

/** A place for the data of a registry. `createRegistry` opens it, and its `close()` closes it. */
export interface StorageAdapter {
  /** Rejects with STORAGE_INVALID or STORAGE_TOO_NEW. */
  open(): Promise<Storage>
  /**
   * Master keys beside the storage, for registries without the option `secretKey`; the first wraps. Creates a missing key.
   * Read anew at each call. Rejects with STORAGE_INVALID.
   */
  readonly masterKeys?: MasterKeySource
}
