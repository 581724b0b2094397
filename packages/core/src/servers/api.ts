import type { ServerId } from '../base/ids.ts'
import type { FollowOptions } from '../events/follow.ts'
import type { ActorOptions } from '../model/actor.ts'
import type { ServerEvent } from '../model/events.ts'
import type { ServerFilter, ServerSort } from '../model/filters.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { McpServer } from '../model/server.ts'
import type { RefreshJob, RefreshOptions, RefreshPreview } from '../refreshes/api.ts'
import type { CreateServerInput, UpdateServerInput } from './input.ts'

export type ServerListOptions = ListOptions<ServerFilter, ServerSort>

export interface StoredServersApi {
  /**
   * Stores a server and, unless `refresh: false` or `enabled: false`, starts its first refresh without waiting for it.
   * Throws INVALID_INPUT, NAME_TAKEN.
   */
  create(input: CreateServerInput, acting?: ActorOptions): Promise<McpServer>
  /** Undefined where there is none. */
  get(id: string): Promise<McpServer | undefined>
  getByName(name: string): Promise<McpServer | undefined>
  /** Those that exist, by id. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, McpServer>>
  /** By name unless ordered otherwise. Throws INVALID_INPUT. */
  list(options?: ServerListOptions): Promise<Page<McpServer>>
  count(filter?: ServerFilter): Promise<number>
  /**
   * Omitted members stay, null clears. A change ends the server's connections once their runs have
   * ended; one of the configuration cancels a running refresh besides. `changed` is false, and the revision stays, where nothing differs.
   * Throws NOT_FOUND, INVALID_INPUT, NAME_TAKEN, REVISION_CONFLICT.
   */
  update(
    id: string,
    input: UpdateServerInput,
    acting?: ActorOptions,
  ): Promise<{ readonly server: McpServer; readonly changed: boolean }>
  /** Deletes the server and its tools; its refreshes and runs stay as history. Throws NOT_FOUND. */
  delete(
    id: string,
    acting?: ActorOptions,
  ): Promise<{ readonly deletedServerId: ServerId; readonly deletedToolCount: number }>
  /** Tells what a refresh would change, and writes nothing. Rejects with what the refresh would have failed with. */
  refresh(id: string, options: RefreshOptions & { readonly dryRun: true }): Promise<RefreshPreview>
  /**
   * Starts a refresh, or joins the one that runs for this server. Throws NOT_FOUND, DISABLED, and INVALID_INPUT for a
   * template variable without a value.
   */
  refresh(id: string, options?: RefreshOptions & { readonly dryRun?: false }): Promise<RefreshJob>
  /** Refreshes every enabled server that the filter selects; a bounded number at a time, the others wait QUEUED. */
  refreshAll(filter?: ServerFilter, acting?: ActorOptions): Promise<readonly RefreshJob[]>
}

export interface ServerEventsOptions extends FollowOptions {
  /** Only what concerns this server. */
  readonly serverId?: string | undefined
  readonly after?: string | undefined
  /** Yields a `Heartbeat` when nothing happened for so many ms, at least 1,000. @default none */
  readonly heartbeatMs?: number | undefined
}

interface FeedEventBase {
  readonly cursor: string
  readonly at: Date
}

type WithServer<Event> = Event extends { readonly type: 'McpServerDeleted' }
  ? Event
  : Event & { readonly server: McpServer }

/**
 * An event of the feed. `server` is the server as it is when the event is read; events of a server that is gone by
 * then are left out, and its `McpServerDeleted` tells why.
 */
export type RegistryEvent = FeedEventBase &
  (
    | WithServer<ServerEvent>
    /** The cursor is older than what is kept, or not of this log: query anew, then go on. */
    | { readonly type: 'EventGap' }
    /** Repeats the last cursor. */
    | { readonly type: 'Heartbeat' }
  )
