import { context, type Context as TraceContext } from '@opentelemetry/api'
import type {
  McpServer,
  McpTool,
  Page,
  Refresh,
  Registry,
  RegistryStats,
  RunListOptions,
  TenantRegistry,
  ToolListOptions,
  ToolRun,
} from '@toolyard/core'
import type { BucketLevel } from '@toolyard/core/budgets/token-buckets'
import DataLoader from 'dataloader'
import type { Caller } from '../access/caller.ts'

/** One page of each parent: what a nested connection asks for. */
interface PageKey<Options> {
  readonly parentId: string
  readonly options: Options
}

export interface Loaders {
  readonly server: DataLoader<string, McpServer | undefined>
  readonly tool: DataLoader<string, McpTool | undefined>
  readonly refresh: DataLoader<string, Refresh | undefined>
  readonly run: DataLoader<string, ToolRun | undefined>
  readonly latestRefresh: DataLoader<string, Refresh | undefined>
  readonly refreshCursor: DataLoader<string, string | undefined>
  readonly runCursor: DataLoader<string, string | undefined>
  readonly toolsOfServer: DataLoader<PageKey<ToolListOptions>, Page<McpTool> | undefined>
  readonly toolCountOfServer: DataLoader<PageKey<ToolListOptions>, number | undefined>
  readonly runsOfServer: DataLoader<PageKey<RunListOptions>, Page<ToolRun> | undefined>
  readonly runCountOfServer: DataLoader<PageKey<RunListOptions>, number | undefined>
  readonly runsOfTool: DataLoader<PageKey<RunListOptions>, Page<ToolRun> | undefined>
  readonly runCountOfTool: DataLoader<PageKey<RunListOptions>, number | undefined>
}

/** What an operation takes, told before it is executed. */
export interface Usage {
  cost: number
  /** What the caller has left; undefined where there is no limit in time. */
  level?: () => BucketLevel
  /** Charges a mutation that was refused; undefined where there is no limit in time. */
  chargeRefusal?: () => void
  /** Whether it asks for fields that may be long. */
  isLong?: boolean
  /** Charges the caller for an answer that is longer than its cost said. */
  charge?: (bytes: number) => void
  /** Hears of so many fields of a list without pages. Throws LIMIT_EXCEEDED. */
  onList?: (fields: number) => void
}

/** What resolvers get. */
export interface Context {
  readonly caller: Caller
  /** The trace of whoever asks, as OpenTelemetry has it. */
  readonly trace: TraceContext
  readonly usage: Usage
  readonly exchange: Exchange
  /** What the caller's tenant has. */
  readonly registry: TenantRegistry
  readonly stats: () => RegistryStats
  readonly loaders: Loaders
}

// A subscription has one context for all its events: a cache would answer them with what was true at the first.
const uncached = { cache: false } as const

function byId<Value>(read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>) {
  return new DataLoader<string, Value | undefined>(async (ids) => {
    const found = await read([...new Set(ids)])
    return ids.map((id) => found.get(id))
  }, uncached)
}

/** Fields that ask for the same page of different parents share one read. */
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
          // An answer, not a rejection: arguments that are refused must not fail the fields that ask for another page.
          return error instanceof Error ? error : new Error('A read failed', { cause: error })
        }
      }),
    )
  }, uncached)
}

/** The way of an answer to its client, as far as the transport knows it. */
export interface Exchange {
  /** Aborts once the client is no longer there. */
  readonly signal: AbortSignal
  /** About how long the answer is, once it is made. */
  bytes?: number
  /** Calls `release`, once, when the answer is sent or cannot be sent any more. */
  whenSent(release: () => void): void
  /** Says that the answer is being sent: from now on it is the client's turn. */
  sending(): void
}

const never = new AbortController().signal

/** Of operations whose answers go to the code that asks for them. */
export const noExchange = (): Exchange => ({
  signal: never,
  whenSent: (release) => release(),
  sending: () => undefined,
})

/**
 * @param trace @default what is active now
 * @param exchange @default an answer counts as sent once it is made
 */
export function createContext(
  whole: Registry,
  caller: Caller,
  trace: TraceContext = context.active(),
  exchange: Exchange = noExchange(),
): Context {
  const registry = whole.tenant(caller.tenant)
  const { servers, tools, refreshes, runs } = registry
  return {
    caller,
    trace,
    usage: { cost: 0 },
    exchange,
    registry,
    stats: () => whole.stats(),
    loaders: {
      server: byId((ids) => servers.getMany(ids)),
      tool: byId((ids) => tools.getMany(ids)),
      refresh: byId((ids) => refreshes.getMany(ids)),
      run: byId((ids) => runs.getMany(ids)),
      latestRefresh: byId((ids) => refreshes.latestByServer(ids)),
      refreshCursor: byId((ids) => refreshes.lastCursors(ids)),
      runCursor: byId((ids) => runs.lastCursors(ids)),
      toolsOfServer: byParent((ids, options) => tools.listByServer(ids, options)),
      toolCountOfServer: byParent((ids, options) => tools.countByServer(ids, options.filter)),
      runsOfServer: byParent((ids, options) => runs.listByServer(ids, options)),
      runCountOfServer: byParent((ids, options) => runs.countByServer(ids, options.filter)),
      runsOfTool: byParent((ids, options) => runs.listByTool(ids, options)),
      runCountOfTool: byParent((ids, options) => runs.countByTool(ids, options.filter)),
    },
  }
}
