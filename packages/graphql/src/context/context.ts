import { context, type Context as TraceContext } from '@opentelemetry/api'
import type {
  JsonObject,
  ListOptions,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpServer,
  McpTool,
  Page,
  PromptFilter,
  Refresh,
  Registry,
  RegistryStats,
  ResourceFilter,
  RunListOptions,
  TenantRegistry,
  ToolListOptions,
  ToolRun,
} from '@toolyard/core'
import type { BucketLevel } from '@toolyard/core/internal/token-buckets'
import DataLoader from 'dataloader'
import type { BindBrowser } from '../access/bind-browser.ts'
import type { Caller } from '../access/caller.ts'

/** One page of one parent, as a nested connection reads it. */
interface PageKey<Options> {
  readonly parentId: string
  readonly options: Options
}

type ListedOptions<Filter> = ListOptions<Filter, 'NAME'>

export interface Loaders {
  readonly server: DataLoader<string, McpServer | undefined>
  readonly tool: DataLoader<string, McpTool | undefined>
  readonly refresh: DataLoader<string, Refresh | undefined>
  readonly run: DataLoader<string, ToolRun | undefined>
  readonly pausedArgs: DataLoader<string, JsonObject | undefined>
  readonly latestRefresh: DataLoader<string, Refresh | undefined>
  readonly refreshCursor: DataLoader<string, string | undefined>
  readonly runCursor: DataLoader<string, string | undefined>
  readonly toolsOfServer: DataLoader<PageKey<ToolListOptions>, Page<McpTool> | undefined>
  readonly toolCountOfServer: DataLoader<PageKey<ToolListOptions>, number | undefined>
  readonly resource: DataLoader<string, McpResource | undefined>
  readonly resourceTemplate: DataLoader<string, McpResourceTemplate | undefined>
  readonly prompt: DataLoader<string, McpPrompt | undefined>
  readonly resourcesOfServer: DataLoader<PageKey<ListedOptions<ResourceFilter>>, Page<McpResource> | undefined>
  readonly resourceCountOfServer: DataLoader<PageKey<ListedOptions<ResourceFilter>>, number | undefined>
  readonly templatesOfServer: DataLoader<PageKey<ListedOptions<ResourceFilter>>, Page<McpResourceTemplate> | undefined>
  readonly templateCountOfServer: DataLoader<PageKey<ListedOptions<ResourceFilter>>, number | undefined>
  readonly promptsOfServer: DataLoader<PageKey<ListedOptions<PromptFilter>>, Page<McpPrompt> | undefined>
  readonly promptCountOfServer: DataLoader<PageKey<ListedOptions<PromptFilter>>, number | undefined>
  readonly runsOfServer: DataLoader<PageKey<RunListOptions>, Page<ToolRun> | undefined>
  readonly runCountOfServer: DataLoader<PageKey<RunListOptions>, number | undefined>
  readonly runsOfTool: DataLoader<PageKey<RunListOptions>, Page<ToolRun> | undefined>
  readonly runCountOfTool: DataLoader<PageKey<RunListOptions>, number | undefined>
}

/** The cost of an operation, known before it is executed, and how to charge it. */
export interface Usage {
  cost: number
  /** Returns what the caller may still spend; undefined without a rate limit. */
  level?: () => BucketLevel
  /** Charges a mutation that was refused; undefined without a rate limit. */
  chargeRefusal?: () => void
  /** Whether the operation selects fields that may be long. */
  isLong?: boolean
  /** Charges the caller for an answer that is longer than its cost covers. */
  charge?: (bytes: number) => void
  /**
   * Counts the fields of a list without pages.
   * @throws LIMIT_EXCEEDED
   */
  onList?: (fields: number) => void
}

/** The context of resolvers. */
export interface Context {
  readonly caller: Caller
  /** The OpenTelemetry context of the request. */
  readonly trace: TraceContext
  readonly usage: Usage
  readonly exchange: Exchange
  /** Undefined if the application has no route that completes authorizations. */
  readonly bindBrowser: BindBrowser | undefined
  /** The registry of the caller's tenant. */
  readonly registry: TenantRegistry
  readonly stats: () => RegistryStats
  readonly loaders: Loaders
}

// A subscription has one context for all its events: a cache would answer later events with the state of the first.
const uncached = { cache: false } as const

function byId<Value>(read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>) {
  return new DataLoader<string, Value | undefined>(async (ids) => {
    const found = await read([...new Set(ids)])
    return ids.map((id) => found.get(id))
  }, uncached)
}

/** Reads the same page of several parents at once. */
function byParent<Options, Value>(
  read: (ids: readonly string[], options: Options) => Promise<ReadonlyMap<string, Value>>,
) {
  return new DataLoader<PageKey<Options>, Value | undefined>(async (keys) => {
    const groups = Map.groupBy(keys, ({ options }) => JSON.stringify(options))
    const reads = new Map(
      [...groups].map(([group, [first, ...others]]) => {
        const ids = first === undefined ? [] : [first, ...others].map(({ parentId }) => parentId)
        return [group, first === undefined ? new Map() : read([...new Set(ids)], first.options)] as const
      }),
    )
    return Promise.all(
      keys.map(async ({ parentId, options }) => {
        try {
          const values: ReadonlyMap<string, Value> | undefined = await reads.get(JSON.stringify(options))
          return values?.get(parentId)
        } catch (error) {
          // A rejection would also fail the fields that read another page, whose arguments may be valid.
          return error instanceof Error ? error : new Error('A read failed', { cause: error })
        }
      }),
    )
  }, uncached)
}

/** The delivery of an answer, as far as the transport reports it. */
export interface Exchange {
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
  /** Approximate size of the answer, once it is made. */
  bytes?: number
  /** Calls `release` once, when the answer is sent or the connection has failed. */
  whenSent(release: () => void): void
  /** Starts the time within which the client has to read the answer. */
  sending(): void
  /** Returns a header of the request; a WebSocket has none for each operation. */
  readonly header?: (name: string) => string | undefined
  /** Sets a cookie with the answer. */
  readonly setCookie?: (cookie: string) => void
}

const never = new AbortController().signal

/** Creates an exchange without a transport: the answer goes to the code that executes the operation. */
export const noExchange = (): Exchange => ({
  signal: never,
  whenSent: (release) => release(),
  sending: () => undefined,
})

/**
 * Creates the context of one operation.
 * @param trace @default the active context
 * @param exchange @default an answer counts as sent once it is made
 * @param bindBrowser @default authorizations without a redirect URI come back to the registry's, for the caller to complete
 */
export function createContext(
  whole: Registry,
  caller: Caller,
  trace: TraceContext = context.active(),
  exchange: Exchange = noExchange(),
  bindBrowser?: BindBrowser,
): Context {
  const registry = whole.tenant(caller.tenant)
  const { servers, tools, resources, prompts, refreshes, runs } = registry
  const { templates } = resources
  return {
    caller,
    trace,
    usage: { cost: 0 },
    exchange,
    bindBrowser,
    registry,
    stats: () => whole.stats(),
    loaders: {
      server: byId((ids) => servers.getMany(ids)),
      tool: byId((ids) => tools.getMany(ids)),
      refresh: byId((ids) => refreshes.getMany(ids)),
      run: byId((ids) => runs.getMany(ids)),
      pausedArgs: byId((ids) => runs.pausedArgs(ids)),
      latestRefresh: byId((ids) => refreshes.latestByServer(ids)),
      refreshCursor: byId((ids) => refreshes.lastCursors(ids)),
      runCursor: byId((ids) => runs.lastCursors(ids)),
      toolsOfServer: byParent((ids, options) => tools.listByServer(ids, options)),
      toolCountOfServer: byParent((ids, options) => tools.countByServer(ids, options.filter)),
      resource: byId((ids) => resources.getMany(ids)),
      resourceTemplate: byId((ids) => templates.getMany(ids)),
      prompt: byId((ids) => prompts.getMany(ids)),
      resourcesOfServer: byParent((ids, options) => resources.listByServer(ids, options)),
      resourceCountOfServer: byParent((ids, options) => resources.countByServer(ids, options.filter)),
      templatesOfServer: byParent((ids, options) => templates.listByServer(ids, options)),
      templateCountOfServer: byParent((ids, options) => templates.countByServer(ids, options.filter)),
      promptsOfServer: byParent((ids, options) => prompts.listByServer(ids, options)),
      promptCountOfServer: byParent((ids, options) => prompts.countByServer(ids, options.filter)),
      runsOfServer: byParent((ids, options) => runs.listByServer(ids, options)),
      runCountOfServer: byParent((ids, options) => runs.countByServer(ids, options.filter)),
      runsOfTool: byParent((ids, options) => runs.listByTool(ids, options)),
      runCountOfTool: byParent((ids, options) => runs.countByTool(ids, options.filter)),
    },
  }
}
