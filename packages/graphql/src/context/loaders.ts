import type {
  ListOptions,
  PromptFilter,
  RefreshListOptions,
  ResourceFilter,
  RunListOptions,
  TenantRegistry,
  ToolListOptions,
} from '@toolyard/core'
import DataLoader from 'dataloader'

/** One page of one parent, as a nested connection reads it. */
interface PageKey<Options> {
  readonly parentId: string
  readonly options: Options
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

type Ids = readonly string[]
type ResourcesOptions = ListOptions<ResourceFilter, 'NAME'>
type PromptsOptions = ListOptions<PromptFilter, 'NAME'>
type Of = TenantRegistry

/** How each loader is made. */
const makers = {
  server: ({ servers }: Of) => byId((ids) => servers.getMany(ids)),
  tool: ({ tools }: Of) => byId((ids) => tools.getMany(ids)),
  refresh: ({ refreshes }: Of) => byId((ids) => refreshes.getMany(ids)),
  run: ({ runs }: Of) => byId((ids) => runs.getMany(ids)),
  pausedArgs: ({ runs }: Of) => byId((ids) => runs.pausedArgs(ids)),
  latestRefresh: ({ refreshes }: Of) => byId((ids) => refreshes.latestByServer(ids)),
  refreshCursor: ({ refreshes }: Of) => byId((ids) => refreshes.lastCursors(ids)),
  runCursor: ({ runs }: Of) => byId((ids) => runs.lastCursors(ids)),
  toolsOfServer: ({ tools }: Of) => byParent((ids: Ids, options: ToolListOptions) => tools.listByServer(ids, options)),
  toolCountOfServer: ({ tools }: Of) =>
    byParent((ids: Ids, { filter }: ToolListOptions) => tools.countByServer(ids, filter)),
  resource: ({ resources }: Of) => byId((ids) => resources.getMany(ids)),
  resourceTemplate: ({ resources: { templates } }: Of) => byId((ids) => templates.getMany(ids)),
  prompt: ({ prompts }: Of) => byId((ids) => prompts.getMany(ids)),
  resourcesOfServer: ({ resources }: Of) =>
    byParent((ids: Ids, options: ResourcesOptions) => resources.listByServer(ids, options)),
  resourceCountOfServer: ({ resources }: Of) =>
    byParent((ids: Ids, { filter }: ResourcesOptions) => resources.countByServer(ids, filter)),
  templatesOfServer: ({ resources: { templates } }: Of) =>
    byParent((ids: Ids, options: ResourcesOptions) => templates.listByServer(ids, options)),
  templateCountOfServer: ({ resources: { templates } }: Of) =>
    byParent((ids: Ids, { filter }: ResourcesOptions) => templates.countByServer(ids, filter)),
  promptsOfServer: ({ prompts }: Of) =>
    byParent((ids: Ids, options: PromptsOptions) => prompts.listByServer(ids, options)),
  promptCountOfServer: ({ prompts }: Of) =>
    byParent((ids: Ids, { filter }: PromptsOptions) => prompts.countByServer(ids, filter)),
  refreshesOfServer: ({ refreshes }: Of) =>
    byParent((ids: Ids, options: RefreshListOptions) => refreshes.listByServer(ids, options)),
  refreshCountOfServer: ({ refreshes }: Of) => byId((ids) => refreshes.countByServer(ids)),
  runsOfServer: ({ runs }: Of) => byParent((ids: Ids, options: RunListOptions) => runs.listByServer(ids, options)),
  runCountOfServer: ({ runs }: Of) =>
    byParent((ids: Ids, { filter }: RunListOptions) => runs.countByServer(ids, filter)),
  runsOfTool: ({ runs }: Of) => byParent((ids: Ids, options: RunListOptions) => runs.listByTool(ids, options)),
  runCountOfTool: ({ runs }: Of) => byParent((ids: Ids, { filter }: RunListOptions) => runs.countByTool(ids, filter)),
}

/** Each reads several records at once, for the fields that ask for them in the same turn. */
export type Loaders = { readonly [Name in keyof typeof makers]: ReturnType<(typeof makers)[Name]> }

class LazyLoaders {
  readonly registry: TenantRegistry

  constructor(registry: TenantRegistry) {
    this.registry = registry
  }
}
for (const [name, make] of Object.entries(makers)) {
  Object.defineProperty(LazyLoaders.prototype, name, {
    get(this: LazyLoaders) {
      const value = make(this.registry)
      Object.defineProperty(this, name, { value })
      return value
    },
  })
}

/** Creates the loaders of one operation, each when it is first used: an operation uses few. */
export function createLoaders(registry: TenantRegistry): Loaders {
  // The getters above are those of the type.
  return new LazyLoaders(registry) as unknown as Loaders
}
