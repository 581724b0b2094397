import { RegistryError } from '../base/errors.ts'
import type { ServerRequestOptions } from '../features/server-requests.ts'
import type { Page } from '../model/pages.ts'
import type { TenantRegistry } from '../registry/registry-api.ts'
import {
  type CompleteParams,
  type ListedPrompt,
  type ListedResource,
  type ListedResourceTemplate,
  type PromptContent,
  type ReadContent,
  toListedPrompt,
  toListedResource,
  toListedTemplate,
  toPromptContent,
  toReadContent,
} from './mcp-shapes.ts'

/** Options of a request, as the client of the AI SDK has them; times in ms. */
export interface FeatureRequestOptions {
  signal?: AbortSignal
  timeout?: number
  maxTotalTimeout?: number
}

interface PageRequest {
  params?: { cursor?: string; [member: string]: unknown }
  options?: FeatureRequestOptions
}

/**
 * The resources and prompts of a server in the forms of the AI SDK's MCP client (`MCPClient` of `@ai-sdk/mcp`), so that what
 * takes one of these takes the registry too. Lists are those of the last refresh; reads, prompts and completions reject as
 * `registry.resources` and `registry.prompts` do.
 */
export interface FeatureClient {
  /** A page of 100; `nextCursor` is absent on the last. */
  listResources(options?: PageRequest): Promise<{ resources: ListedResource[]; nextCursor?: string }>
  /** All templates. */
  listResourceTemplates(options?: {
    options?: FeatureRequestOptions
  }): Promise<{ resourceTemplates: ListedResourceTemplate[] }>
  readResource(args: { uri: string; options?: FeatureRequestOptions }): Promise<{ contents: ReadContent[] }>
  listPrompts(options?: PageRequest): Promise<{ prompts: ListedPrompt[]; nextCursor?: string }>
  /**
   * Content that this client has no form for (audio, unknown kinds) is left out; `registry.prompts.render` has all of it.
   *
   * @throws TOOL_ARGS_INVALID for arguments that do not fit
   */
  getPrompt(args: {
    name: string
    arguments?: Record<string, unknown>
    options?: FeatureRequestOptions
  }): Promise<{ description?: string; messages: { role: 'user' | 'assistant'; content: PromptContent }[] }>
  complete(
    args: CompleteParams & { options?: FeatureRequestOptions },
  ): Promise<{ completion: { values: string[]; total?: number; hasMore?: boolean } }>
}

export interface FeatureClientOptions {
  /** The name of the server. */
  readonly server: string
  /** Options of each request: the actor, variables, the agent's id. */
  readonly request?: Omit<ServerRequestOptions, 'signal' | 'timeoutMs'>
}

const pageSize = 100

const nextOf = ({ pageInfo: { hasNextPage, endCursor } }: Page<unknown>) =>
  hasNextPage && endCursor !== null ? { nextCursor: endCursor } : {}

/** The resources and prompts of a server for the AI SDK. It holds nothing open, so there is nothing to close. */
export function featureClient(
  registry: Pick<TenantRegistry, 'servers' | 'resources' | 'prompts'>,
  { server, request = {} }: FeatureClientOptions,
): FeatureClient {
  const { servers, resources, prompts } = registry

  function asked({ signal, timeout, maxTotalTimeout }: FeatureRequestOptions = {}): ServerRequestOptions {
    const limits = [timeout, maxTotalTimeout].filter((ms) => ms !== undefined)
    return {
      ...request,
      ...(signal ? { signal } : {}),
      ...(limits.length > 0 ? { timeoutMs: Math.min(...limits) } : {}),
    }
  }

  /** What lists ask for; a list of a server that is not there must not be empty. */
  async function page({ params, options }: PageRequest = {}) {
    options?.signal?.throwIfAborted()
    const found = await servers.getByName(server)
    if (!found) {
      throw new RegistryError('NOT_FOUND', `No server is named ${JSON.stringify(server.slice(0, 100))}`, {
        path: ['server'],
      })
    }
    return { first: pageSize, after: params?.cursor, filter: { serverId: [found.id] } }
  }

  return {
    async listResources(options) {
      const listed = await resources.list(await page(options))
      return { resources: listed.edges.map(({ node }) => toListedResource(node)), ...nextOf(listed) }
    },
    async listResourceTemplates({ options } = {}) {
      const all: ListedResourceTemplate[] = []
      for (let cursor: string | undefined; ; ) {
        const params = cursor === undefined ? {} : { params: { cursor } }
        const listed = await resources.templates.list(await page({ ...params, ...(options ? { options } : {}) }))
        all.push(...listed.edges.map(({ node }) => toListedTemplate(node)))
        cursor = nextOf(listed).nextCursor
        if (cursor === undefined) return { resourceTemplates: all }
      }
    },
    async readResource({ uri, options }) {
      const { contents } = await resources.read({ server, uri }, asked(options))
      return { contents: contents.map(toReadContent) }
    },
    async listPrompts(options) {
      const listed = await prompts.list(await page(options))
      return { prompts: listed.edges.map(({ node }) => toListedPrompt(node)), ...nextOf(listed) }
    },
    async getPrompt({ name, arguments: args = {}, options }) {
      // The registry refuses arguments that are no strings, with their pointers.
      const given = args as Readonly<Record<string, string>>
      const { description, messages } = await prompts.render({ server, prompt: name }, given, asked(options))
      return {
        ...(description === null ? {} : { description }),
        messages: messages.flatMap(({ role, content }) => {
          const shown = toPromptContent(content)
          return shown ? [{ role, content: shown }] : []
        }),
      }
    },
    async complete({ ref, argument: { name, value }, context, options }) {
      const input = { argument: name, value, ...(context ? { context: context.arguments } : {}) }
      const { values, total, hasMore } = await (ref.type === 'ref/prompt'
        ? prompts.complete({ server, prompt: ref.name }, input, asked(options))
        : resources.templates.complete({ server, uriTemplate: ref.uri }, input, asked(options)))
      return { completion: { values: [...values], hasMore, ...(total === null ? {} : { total }) } }
    },
  }
}
