import type { PromptId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { CompleteInput, Completion } from '../features/complete-argument.ts'
import type { FeatureQueries } from '../features/feature-queries.ts'
import type { FeatureView } from '../features/feature-view.ts'
import type { ServerRequestOptions } from '../features/server-requests.ts'
import type { FeatureFilter } from '../model/filters.ts'
import type { ContentBlock } from '../model/job.ts'

export interface McpPromptArgument {
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly required: boolean
}

/** A prompt that a server lists. */
export interface McpPrompt extends FeatureView<PromptId> {
  readonly arguments: readonly McpPromptArgument[]
}

export type PromptFilter = Pick<FeatureFilter, 'name' | 'serverId' | 'includeRemoved'>

/** A prompt by its id, or by the names of its server and itself. */
export type PromptRef = { readonly id: string } | { readonly server: string; readonly prompt: string }

export interface McpPromptMessage {
  readonly role: 'user' | 'assistant'
  readonly content: ContentBlock
}

/** A prompt with its arguments filled in by its server. */
export interface RenderedPrompt {
  readonly description: string | null
  readonly messages: readonly McpPromptMessage[]
  /** `_meta` of the answer. */
  readonly meta: JsonObject | null
}

/** The prompts of a tenant, as the last refresh of each server stored them. */
export interface PromptsApi extends FeatureQueries<McpPrompt, PromptFilter> {
  /** The prompt, or undefined. By its server, one that the server no longer lists is not found. */
  get(ref: PromptRef): Promise<McpPrompt | undefined>
  /**
   * Asks the server for the messages of a prompt, now (MCP 2025-11-25, prompts/get). The audit records who asked for it;
   * neither arguments nor messages are stored.
   *
   * @param args Strings, by the names of the prompt's arguments.
   * @throws TOOL_ARGS_INVALID for arguments that are missing, unknown or no strings; `details.issues` has each
   * @throws NOT_FOUND for a prompt that its server does not list
   * @throws INVALID_INPUT for options out of range, a template variable without a value, and if the server refuses the
   * arguments
   * @throws LIMIT_EXCEEDED for an answer beyond `messageBytes`; retryable, for more at a time than `asksPerTenant`
   * @throws DISABLED, CLOSED, CANCELED, TIMEOUT, CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR, URL_BLOCKED
   */
  render(
    ref: PromptRef,
    args?: Readonly<Record<string, string>>,
    options?: ServerRequestOptions,
  ): Promise<RenderedPrompt>
  /**
   * Asks the server for values of an argument of the prompt. Rejects as `render`, and:
   *
   * @throws INVALID_INPUT for a name that is no argument of the prompt, and if the server offers no completions
   */
  complete(ref: PromptRef, input: CompleteInput, options?: ServerRequestOptions): Promise<Completion>
}
