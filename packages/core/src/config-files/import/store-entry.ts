import { isRegistryError, type RegistryError } from '../../base/errors.ts'
import type { McpServer } from '../../model/server.ts'
import type { CreateServerInput } from '../../servers/input.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ImportConflictPolicy } from './input.ts'
import type { ImportEntry } from './report.ts'

export type StoredEntry = Omit<ImportEntry, 'error' | 'target' | 'ignored' | 'notes'>

export interface EntryStoreOptions {
  readonly servers: ServerControl
  readonly dryRun: boolean
  readonly onConflict: ImportConflictPolicy
  readonly actor: string | undefined
}

/** Tries to store an entry: another caller may take its name between the read and the write. */
const maxTries = 3
const maxNameLength = 255

export interface EntryStore {
  /**
   * Stores the entry, or answers what a dry run would do with it. The policy decides about a name that a server or an earlier
   * entry has. `unresolved` is why the entry cannot be stored; a skipped entry needs no values. Rejects as `create` and
   * `update` do.
   */
  store(input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry>
}

export function createEntryStore(options: EntryStoreOptions): EntryStore {
  return new ServerEntryStore(options)
}

class ServerEntryStore implements EntryStore {
  readonly #options: EntryStoreOptions
  /** Names that the dry run would have created. */
  readonly #wouldExist = new Set<string>()
  /** The next suffix to try, by name. */
  readonly #suffixes = new Map<string, number>()

  constructor(options: EntryStoreOptions) {
    this.#options = options
  }

  async store(input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#tryStore(input, unresolved)
      } catch (error) {
        if (!isRegistryError(error, 'NAME_TAKEN') || tries === maxTries) throw error
      }
    }
  }

  async #tryStore(input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry> {
    const { servers, onConflict } = this.#options
    const existing = await servers.getByName(input.name)
    if (!existing && !this.#wouldExist.has(input.name)) return this.#create(input, unresolved)
    if (onConflict === 'SKIP')
      return { name: input.name, outcome: 'SKIPPED', ...(existing ? { server: existing } : {}) }
    if (onConflict === 'OVERWRITE') return this.#overwrite(input, existing, unresolved)
    return this.#create({ ...input, name: await this.#freeName(input.name) }, unresolved)
  }

  async #create(input: CreateServerInput, unresolved: RegistryError | undefined): Promise<StoredEntry> {
    const { servers, dryRun, actor } = this.#options
    if (!dryRun) {
      if (unresolved) throw unresolved
      return { name: input.name, outcome: 'CREATED', server: await servers.create(input, { actor }) }
    }
    if (!unresolved) await servers.check(input)
    await servers.checkRoom(this.#wouldExist.size)
    this.#wouldExist.add(input.name)
    return { name: input.name, outcome: 'WOULD_CREATE' }
  }

  async #overwrite(
    input: CreateServerInput,
    existing: McpServer | undefined,
    unresolved: RegistryError | undefined,
  ): Promise<StoredEntry> {
    const { servers, dryRun, actor } = this.#options
    const { name, config, timeouts, ...rest } = input
    if (dryRun || !existing) {
      if (!unresolved) await servers.check(input)
      return { name, outcome: 'WOULD_UPDATE', ...(existing ? { server: existing } : {}) }
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

  /** `name-2`, `name-3` and so on. */
  async #freeName(name: string): Promise<string> {
    for (let suffix = this.#suffixes.get(name) ?? 2; ; suffix += 1) {
      this.#suffixes.set(name, suffix + 1)
      const free = `${name.slice(0, maxNameLength - 8)}-${suffix}`
      if (!(await this.#isTaken(free))) return free
    }
  }

  async #isTaken(name: string): Promise<boolean> {
    return this.#wouldExist.has(name) || (await this.#options.servers.getByName(name)) !== undefined
  }
}
