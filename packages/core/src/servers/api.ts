import type { ServerId } from '../base/ids.ts'
import type { FollowOptions } from '../events/follow.ts'
import type { ActorOptions, ApprovalActorOptions } from '../model/actor.ts'
import type { ServerEvent } from '../model/events.ts'
import type { ServerFilter, ServerSort } from '../model/filters.ts'
import type { ListOptions, Page } from '../model/pages.ts'
import type { McpServer } from '../model/server.ts'
import type { BeginAuthOptions, BegunAuth } from '../oauth/browser-flow.ts'
import type { CheckAuthOptions, CheckedAuth } from '../oauth/check-grant.ts'
import type { AuthAnswer, CompleteAuthOptions } from '../oauth/complete-flow.ts'
import type { RefreshJob, RefreshOptions, RefreshPreview } from '../refreshes/api.ts'
import type { CreateServerInput, UpdateServerInput } from './input.ts'

export type ServerListOptions = ListOptions<ServerFilter, ServerSort>

/** The servers of a tenant: how they are configured, changed, deleted and refreshed. */
export interface StoredServersApi {
  /**
   * Stores a server and starts its first refresh, without waiting for its end; `refresh: false` or `enabled: false` starts
   * none. Resolves once the server is stored.
   *
   * @throws INVALID_INPUT, with the path of the member
   * @throws NAME_TAKEN, with `details.serverId`
   * @throws STDIO_NOT_ALLOWED, URL_BLOCKED if the registry's options forbid the command or the host
   * @throws LIMIT_EXCEEDED if the tenant has as many servers as it may have
   */
  create(input: CreateServerInput, actor?: ActorOptions): Promise<McpServer>
  /** The server with this id, or undefined. */
  get(id: string): Promise<McpServer | undefined>
  /** The server with this name, or undefined. */
  getByName(name: string): Promise<McpServer | undefined>
  /** The servers with these ids, by id; ids without a server are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, McpServer>>
  /**
   * A page of servers, by name unless `orderBy` says otherwise.
   *
   * @throws INVALID_INPUT for a page size out of range, or a cursor of another list
   */
  list(options?: ServerListOptions): Promise<Page<McpServer>>
  count(filter?: ServerFilter): Promise<number>
  /**
   * Changes a server: omitted members stay, null clears one. With `expectedRevision` it changes that revision alone. If
   * nothing differs, `changed` is false and the revision stays.
   *
   * Sessions of the server close once their runs have ended. A change of its configuration also cancels its refresh, and the
   * runs that wait for an approval, as disabling the server does.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT, with the path of the member
   * @throws NAME_TAKEN, with `details.serverId`
   * @throws REVISION_CONFLICT if the server is no longer at `expectedRevision`
   * @throws FORBIDDEN for a looser `approvalPolicy`, if `mayLoosenApproval` is false
   * @throws STDIO_NOT_ALLOWED, URL_BLOCKED if the registry's options forbid the command or the host
   */
  update(
    id: string,
    input: UpdateServerInput,
    actor?: ApprovalActorOptions,
  ): Promise<{ readonly server: McpServer; readonly changed: boolean }>
  /**
   * Deletes a server and its tools, and cancels its refresh and the runs that wait for an approval. Its refreshes and runs stay in the history.
   *
   * @throws NOT_FOUND
   */
  delete(
    id: string,
    actor?: ActorOptions,
  ): Promise<{ readonly deletedServerId: ServerId; readonly deletedToolCount: number }>
  /**
   * Begins to connect a server by OAuth (MCP 2026-07-28, authorization): finds its authorization server, makes this client
   * known there, and answers the URL to open in the owner's browser. What then comes to the redirect URI goes to
   * `completeAuth`, within 10 minutes. A server without auth gets OAuth by it.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT for a redirect URI that is not allowed, a scope with a space, a server that uses no OAuth
   * @throws AUTH_REQUIRED if the client cannot be known there, or the server was granted what it asks for too often
   * @throws CONNECT_FAILED, TIMEOUT, URL_BLOCKED, LIMIT_EXCEEDED for what the servers answer, or fail to
   */
  beginAuth(id: string, options?: BeginAuthOptions): Promise<BegunAuth>
  /**
   * Ends what `beginAuth` began, with the parameters that came to the redirect URI: exchanges the code for tokens, which are
   * sealed and renewed by themselves from then on, and starts a refresh. Only the caller that began may do it, or the browser.
   *
   * @throws INVALID_INPUT, with nothing used up, for a state that is not under way, of another caller or browser, and for an
   * issuer other than the one asked (RFC 9207)
   * @throws AUTH_REQUIRED if the authorization was not given; CONNECT_FAILED, TIMEOUT if the code could not be exchanged
   */
  completeAuth(answer: AuthAnswer, options?: CompleteAuthOptions): Promise<McpServer>
  /**
   * Reads the metadata of the authorization server that a server uses, within 10 seconds, and compares the scopes. Sends no
   * token, and stores nothing.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT for a server that uses no OAuth
   * @throws CONNECT_FAILED, TIMEOUT, URL_BLOCKED, LIMIT_EXCEEDED, AUTH_REQUIRED for what the servers answer, or fail to
   */
  checkAuth(id: string, options?: CheckAuthOptions): Promise<CheckedAuth>
  /**
   * Drops what a server was granted, and revokes it where its authorization server can (RFC 7009). The server is NEEDS_AUTH.
   *
   * @throws NOT_FOUND
   * @throws INVALID_INPUT for a server that uses no OAuth
   */
  disconnectAuth(id: string, actor?: ActorOptions): Promise<McpServer>
  /**
   * With `dryRun: true`, answers what a refresh would change, and writes nothing: see `RefreshesApi.preview`.
   *
   * @throws every code that a refresh fails with
   */
  refresh(id: string, options: RefreshOptions & { readonly dryRun: true }): Promise<RefreshPreview>
  /**
   * Starts a refresh of the server, or joins the one under way: see `RefreshesApi.start`.
   *
   * @throws NOT_FOUND, DISABLED, CLOSED
   * @throws INVALID_INPUT for a template variable without a value
   */
  refresh(id: string, options?: RefreshOptions & { readonly dryRun?: false }): Promise<RefreshJob>
  /**
   * Starts a refresh of every enabled server that the filter selects. A bounded number runs at a time; the rest wait in
   * state QUEUED.
   *
   * @throws INVALID_INPUT for `enabled: false`
   */
  refreshAll(filter?: ServerFilter, actor?: ActorOptions): Promise<readonly RefreshJob[]>
}

export interface ServerEventsOptions extends FollowOptions {
  /** Yields the events of this server alone. @default those of all servers */
  readonly serverId?: string | undefined
  /** The cursor of an event of this feed: begins after it. @default the events from now on */
  readonly after?: string | undefined
  /** Yields a `Heartbeat` after this many ms without an event; at least 1,000. @default none */
  readonly heartbeatMs?: number | undefined
}

interface FeedEventBase {
  /** Opaque; pass it as `after` to continue after this event. */
  readonly cursor: string
  readonly at: Date
}

type WithServer<Event> = Event extends { readonly type: 'McpServerDeleted' }
  ? Event
  : Event & { readonly server: McpServer }

/**
 * An event of the feed. `server` is the server as it is when the event is read. The events of a server that was deleted
 * before they are read are left out, except its `McpServerDeleted`.
 */
export type RegistryEvent = FeedEventBase &
  (
    | WithServer<ServerEvent>
    /** The cursor is older than the events that are kept, or not of this log. Query the servers again, then go on. */
    | { readonly type: 'EventGap' }
    /** Nothing has happened for `heartbeatMs`. Repeats the last cursor. */
    | { readonly type: 'Heartbeat' }
  )
