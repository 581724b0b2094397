import type { TenantId } from '../../base/ids.ts'
import { slices } from '../../base/slices.ts'
import type { DefinitionText } from '../../model/tool.ts'
import { BackgroundIndex } from '../background-index.ts'
import { changesCatalog, changesIndex } from '../catalog-writes.ts'
import { isLarge } from '../portions.ts'
import type { Storage, StorageAdapter } from '../storage.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import { createCrossTenantReads } from './cross-tenant-reads.ts'
import { splitAllWords } from './split-words.ts'
import { applySystemWrite, orphanWritesOf } from './system-writes.ts'
import { emptyTables, type SystemTables, type Tables } from './tables.ts'
import { createTenantReads } from './tenant-reads.ts'
import { applyWrite } from './tenant-writes.ts'
import { parsedAhead } from './tool-writes.ts'
import type { Undo } from './undo.ts'

type AnyWrite = TenantWrite | SystemWrite

/** Parses the definitions of tools in slices. */
async function parsed<Tool extends Partial<DefinitionText>>(tools: readonly Tool[]): Promise<readonly Tool[]> {
  const all: Tool[] = []
  for (const tool of tools) {
    if (slices.isOver) await slices.next()
    all.push(parsedAhead(tool))
  }
  return all
}

async function prepared<Of extends AnyWrite>(write: Of): Promise<Of> {
  const isOfTools = write.kind === 'insertTools' || write.kind === 'redefineTools'
  return isOfTools ? { ...write, tools: await parsed<Partial<DefinitionText>>(write.tools) } : write
}

class MemoryDatabase {
  readonly tenants = new Map<TenantId, Tables>()
  readonly system: SystemTables = { children: new Map(), nodes: new Map(), secretKeys: new Map() }
  #catalogVersion = 0
  #index: BackgroundIndex | undefined

  get catalogVersion(): string {
    return String(this.#catalogVersion)
  }

  tablesOf(tenantId: TenantId): Tables {
    const tables = this.tenants.get(tenantId) ?? emptyTables()
    this.tenants.set(tenantId, tables)
    return tables
  }

  async commit(given: readonly AnyWrite[]): Promise<void> {
    // Readers see all of it or nothing, so it is applied in one piece, which is short once all is prepared.
    const writes = isLarge(given) ? await Promise.all(given.map(prepared)) : given
    const undos: Undo[] = []
    try {
      for (const write of writes) this.#apply(write, undos)
    } catch (error) {
      for (const undo of undos.reverse()) undo()
      throw error
    }
    if (changesCatalog(writes)) this.#catalogVersion += 1
    if (this.#index && changesIndex(writes)) this.#index.expect()
  }

  indexInBackground(onError: (error: unknown) => void): () => Promise<void> {
    const index = new BackgroundIndex(() => splitAllWords(this.tenants.values()), onError)
    this.#index = index
    return async () => {
      this.#index = undefined
      await index.close()
    }
  }

  #apply(write: AnyWrite, undos: Undo[]): void {
    if ('tenantId' in write) undos.push(...applyWrite(this.tablesOf(write.tenantId), write))
    else if (write.kind !== 'endAbandonedJobs' && write.kind !== 'disownJobs')
      undos.push(...applySystemWrite(this.system, write))
    else {
      for (const tables of this.tenants.values())
        for (const each of orphanWritesOf(tables, this.system, write)) undos.push(...applyWrite(tables, each))
    }
  }
}

function openMemory(): Storage {
  const database = new MemoryDatabase()
  const { system } = database
  return {
    tenant: (tenantId) => ({
      tenantId,
      ...createTenantReads(database.tablesOf(tenantId)),
      catalogVersion: () => database.catalogVersion,
      commit: (writes) => database.commit(writes.map((write) => ({ ...write, tenantId }))),
    }),
    crossTenant: createCrossTenantReads(database.tenants),
    children: { ofHost: async (host) => [...system.children.values()].filter((child) => child.host === host) },
    remoteVersion: () => undefined,
    commit: (writes) => database.commit(writes),
    ownership: 'PROCESS',
    // No other process has it open.
    useLease: () => undefined,
    nodes: async () =>
      [...system.nodes.values()].map(({ expiresAt, ...node }) => ({
        ...node,
        lapsesInMs: expiresAt === null ? null : expiresAt - Date.now(),
      })),
    secretKeys: async () => [...system.secretKeys.values()],
    purgePlaintext: async () => undefined,
    recover: async () => undefined,
    indexInBackground: (onError) => database.indexInBackground(onError),
    close: async () => undefined,
  }
}

/** Keeps everything in this process, and loses it with the registry. */
export function memoryStorage(): StorageAdapter {
  return { open: async () => openMemory() }
}
