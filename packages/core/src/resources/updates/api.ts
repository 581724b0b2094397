import type { ServerId } from '../../base/ids.ts'
import type { ActorOptions } from '../../model/actor.ts'
import type { CallerContext } from '../../model/resolve-config.ts'

/** A resource was updated, or may have been: its follower reads it anew. */
export interface McpResourceUpdate {
  /** When the server notified of it, or when it began to notify. */
  readonly at: Date
  readonly serverId: ServerId
  /** One of those that are followed. An update of a part of it, such as a file of a folder, is an update of it. */
  readonly uri: string
}

export interface ResourceUpdatesOptions extends Omit<CallerContext, 'timeouts'>, ActorOptions {
  readonly serverId: string
  /** As the server has them, listed or not. At most `budgets.followedUrisPerServer` */
  readonly uris: readonly string[]
  /** Aborting it ends the iterator. */
  readonly signal?: AbortSignal
}

/** An update as it reaches this node, before any follower gets it. */
export interface HeardUpdate {
  readonly serverId: ServerId
  /** The key of the session: it tells credentials apart. */
  readonly key: string
  /** As the server named it; perhaps of a part of one that is followed. */
  readonly uri: string
}
