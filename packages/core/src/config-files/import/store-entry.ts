import { isRegistryError, type RegistryError } from '../../base/errors.ts'
import type { McpServer } from '../../model/server.ts'
import type { CreateServerInput } from '../../servers/input.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ImportConflictPolicy } from './input.ts'
import type { ImportEntry } from './report.ts'

export type StoredEntry = Omit<ImportEntry, 'error' | 'ignored' | 'notes'>

export interface StoringOptions {
  readonly servers: ServerControl
  readonly dryRun: boolean
  readonly onConflict: ImportConflictPolicy
  readonly actor: string | undefined
}

/** Somebody else may take the name between the look and the write. */
const maxTries = 3
const maxNameLength = 255

/**
 * Stores entry after entry, or tells what would come of it, as the policy has it for names that are taken: by a server,
 * or by an entry before. `unresolved` is why the entry cannot be stored; one that is skipped needs no reason. Rejects
 * with what `create` and `update` reject with.
 */
export function createStoring({ servers, dryRun, onConflict, actor }: StoringOptions) {
  /** Of a dry run: what would be there. */
  const wouldBeThere = new Set<string>()
  const suffixes = new Map<string, number>()

  async function isTaken(name: string): Promise<boolean> {
    return wouldBeThere.has(name) || (await servers.getByName(name)) !== undefined
  }

  /** `name-2`, `name-3` and so on. */
  async function freeName(name: string): Promise<string> {
    for (let suffix = suffixes.get(name) ?? 2; ; suffix += 1) {
      suffixes.set(name, suffix + 1)
      const free = `${name.slice(0, maxNameLength - 8)}-${suffix}`
      if (!(await isTaken(free))) return free
    }
  }

  async function create(input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry> {
    if (!dryRun) {
      if (unresolved) throw unresolved
      return { name: input.name, outcome: 'CREATED', server: await servers.create(input, { actor }) }
    }
    if (!unresolved) await servers.check(input)
    await servers.checkRoom(wouldBeThere.size)
    wouldBeThere.add(input.name)
    return { name: input.name, outcome: 'WOULD_CREATE' }
  }

  async function overwrite(
    input: CreateServerInput,
    existing: McpServer | undefined,
    unresolved: RegistryError | undefined,
  ): Promise<StoredEntry> {
    const { name, config, timeouts, ...rest } = input
    const there = existing ? { server: existing } : {}
    if (dryRun || !existing) {
      if (!unresolved) await servers.check(input)
      return { name, outcome: 'WOULD_UPDATE', ...there }
    }
    if (unresolved) throw unresolved
    const requestMs = timeouts?.requestMs ?? 0
    const isLonger = requestMs > existing.timeouts.maxTotalMs
    const changes = {
      ...rest,
      config: { transport: 'replace', config },
      ...(timeouts ? { timeouts: { ...timeouts, ...(isLonger ? { maxTotalMs: requestMs } : {}) } } : {}),
    } as const
    const { server } = await servers.update(existing.id, changes, { actor })
    return { name, outcome: 'UPDATED', server }
  }

  async function store(input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry> {
    const existing = await servers.getByName(input.name)
    if (!existing && !wouldBeThere.has(input.name)) return create(input, unresolved)
    if (onConflict === 'SKIP')
      return { name: input.name, outcome: 'SKIPPED', ...(existing ? { server: existing } : {}) }
    if (onConflict === 'OVERWRITE') return overwrite(input, existing, unresolved)
    return create({ ...input, name: await freeName(input.name) }, unresolved)
  }

  return async (input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await store(input, unresolved)
      } catch (error) {
        if (!isRegistryError(error, 'NAME_TAKEN') || tries === maxTries) throw error
      }
    }
  }
}
