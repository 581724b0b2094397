import type { ResourceId, ResourceTemplateId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { CompleteInput, Completion } from '../features/complete-argument.ts'
import type { FeatureQueries } from '../features/feature-queries.ts'
import type { FeatureView } from '../features/feature-view.ts'
import type { ServerRequestOptions } from '../features/server-requests.ts'
import type { FeatureFilter } from '../model/filters.ts'
import type { ContentBlock } from '../model/job.ts'
import type { TemplateValues } from './expand-template.ts'
import type { McpResourceUpdate, ResourceUpdatesOptions } from './updates/api.ts'

/** A resource that a server lists. Its content is never stored. */
export interface McpResource extends FeatureView<ResourceId> {
  /** As its server gave it. The registry never dials it: `read` asks the server for it. */
  readonly uri: string
  readonly mimeType: string | null
  /** Bytes of its content, as its server says; null if it does not. */
  readonly size: number | null
  readonly annotations: JsonObject | null
}

/** A template of the URIs of resources (RFC 6570). */
export interface McpResourceTemplate extends FeatureView<ResourceTemplateId> {
  readonly uriTemplate: string
  readonly mimeType: string | null
  readonly annotations: JsonObject | null
}

/** Every given member must match. `uri` is the template of a template. */
export interface ResourceFilter extends Pick<FeatureFilter, 'name' | 'mimeType' | 'serverId' | 'includeRemoved'> {
  readonly uri?: FeatureFilter['identifier']
}

/** A resource by its id, or by the name of its server and its URI. */
export type ResourceRef = { readonly id: string } | { readonly server: string; readonly uri: string }

/** A template by its id, or by the name of its server and itself. */
export type ResourceTemplateRef = { readonly id: string } | { readonly server: string; readonly uriTemplate: string }

/** A template, and the values that fill it in. */
export interface FilledTemplate {
  readonly template: ResourceTemplateRef
  /** One for each variable of the template; null leaves the variable out. */
  readonly values: TemplateValues
}

/** One content of a resource: text, or bytes as base64 (`blob`). */
export type ResourceContent = Extract<ContentBlock, { readonly type: 'resource' }>

/** What a server answered to a read. */
export interface ResourceContents {
  /** One, or several: a folder may have those of its files. */
  readonly contents: readonly ResourceContent[]
  /** Until when the server says that it stays as it is, for this caller; null if it does not say so. */
  readonly freshUntil: Date | null
  /** `_meta` of the answer. */
  readonly meta: JsonObject | null
}

export interface ReadOptions extends ServerRequestOptions {
  /** Asks the server even if an answer to the same read is still fresh. @default false */
  readonly fresh?: boolean
}

/** The templates of a tenant, as the last refresh of each server stored them. */
export interface ResourceTemplatesApi extends FeatureQueries<McpResourceTemplate, ResourceFilter> {
  /** The template, or undefined. By its server, one that the server no longer lists is not found. */
  get(ref: ResourceTemplateRef): Promise<McpResourceTemplate | undefined>
  /**
   * Asks the server for values of a variable of the template. Rejects as `ResourcesApi.read`, and:
   *
   * @throws INVALID_INPUT for a name that is no variable of the template, and if the server offers no completions
   */
  complete(ref: ResourceTemplateRef, input: CompleteInput, options?: ServerRequestOptions): Promise<Completion>
}

/** The resources of a tenant, as the last refresh of each server stored them. */
export interface ResourcesApi extends FeatureQueries<McpResource, ResourceFilter> {
  readonly templates: ResourceTemplatesApi
  /** The resource, or undefined. By its server, one that the server no longer lists is not found. */
  get(ref: ResourceRef): Promise<McpResource | undefined>
  /**
   * Asks the server for the content of a resource. By server and URI, the resource need not be listed. A URI template is
   * expanded first (RFC 6570, levels 1 to 4). The audit records who read which URI; nothing else of it is stored.
   *
   * An answer that its server says to be fresh (`ttlMs`, MCP 2026-07-28) is kept in memory, and answers the same read until
   * `freshUntil`: of the same tenant, server, revision, variables, agent and OAuth grant, whatever its `cacheScope`. It goes
   * when the server is changed or says that a list or the resource has changed.
   *
   * @throws NOT_FOUND for a missing server, id or template, and if the server has no such resource
   * @throws INVALID_INPUT for options out of range, a template variable of the configuration without a value, a URI that is
   * longer than `uriBytes` or cannot be sent; for a text that is no URI template; and, with the path `['values', name]`, for a
   * value that is missing, of no variable, or no string, list of strings or map of strings
   * @throws LIMIT_EXCEEDED for an answer beyond `messageBytes`; retryable, for more reads at a time than `asksPerTenant`
   * @throws DISABLED, CLOSED, CANCELED, TIMEOUT, CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR, URL_BLOCKED
   */
  read(ref: ResourceRef | FilledTemplate, options?: ReadOptions): Promise<ResourceContents>
  /**
   * Follows resources of a server, listed or not (MCP 2025-11-25, resources/subscribe; MCP 2026-07-28, subscriptions/listen).
   * Yields an update of each once the server notifies of it, so a follower that reads at each update misses none; then one
   * for each notification, and one whenever some may have been missed, as after a lost connection. A follower gets the newest
   * of those that it was too slow for. Follows from the first step to the signal, `return()`, or the registry's `close()`.
   * Followers of a node share one subscription for each server, credentials and URI; the last one to leave ends it.
   *
   * @throws INVALID_INPUT, LIMIT_EXCEEDED for options out of range
   * @throws CLOSED
   *
   * A step rejects, and is the last, with:
   *
   * - NOT_FOUND, DISABLED: no such server or resource, or no longer
   * - INVALID_INPUT: the server does not notify of updates, or a template variable has no value
   * - LIMIT_EXCEEDED: too many followers, or followed resources; retryable
   * - BUSY: the session had to make room for a request; retryable
   * - CONNECT_FAILED, TIMEOUT, PROTOCOL_ERROR, of a follower that has just come; later ones wait until the server is back
   * - AUTH_REQUIRED, URL_BLOCKED, and whatever else does not pass with time
   */
  updates(options: ResourceUpdatesOptions): AsyncIterableIterator<McpResourceUpdate, undefined, undefined>
}
