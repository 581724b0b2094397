import type { TenantId } from '../../../base/ids.ts'
import { slices } from '../../../base/slices.ts'
import type { SqlConnection } from '../connection.ts'
import type { EntryTable } from '../schema.ts'
import { buildIndex } from './build-index.ts'
import { marksOf, staleMarksOf } from './index-marks.ts'

interface Completion {
  readonly running: Promise<void>
  /** The one after it, for callers whose commits the running one may have missed. */
  next?: Promise<void>
}

async function complete(connection: SqlConnection, table: EntryTable, tenantId: TenantId): Promise<void> {
  for await (const _ of buildIndex(connection, table, tenantId, 'SEARCH')) if (slices.isOver) await slices.next()
}

/** The indexes of a database: searches complete them, and what no search has waited for is done in the background. */
export class SearchIndex {
  readonly #completions = new Map<string, Completion>()

  /** Brings the index up to date with all commits before this call. */
  complete(connection: SqlConnection, table: EntryTable, tenantId: TenantId): Promise<void> {
    const key = `${table} ${tenantId}`
    const current = this.#completions.get(key)
    if (!current) return this.#start(key, () => complete(connection, table, tenantId))
    const again = () => this.#start(key, () => complete(connection, table, tenantId))
    current.next ??= current.running.then(again, again)
    return current.next
  }

  #start(key: string, work: () => Promise<void>): Promise<void> {
    const running = work().finally(() => {
      if (this.#completions.get(key)?.running === running) this.#completions.delete(key)
    })
    this.#completions.set(key, { running })
    return running
  }

  /** Brings the indexes of all tenants up to date, yields after each transaction, and lets searches go first. */
  async *build(connection: SqlConnection): AsyncGenerator<void> {
    for (const table of ['tools', 'features'] as const) {
      const marked = `select tenant from ${marksOf[table]} union select tenant from ${staleMarksOf[table]}`
      for (const { tenant } of await connection.all<{ tenant: TenantId }>(marked, [])) {
        for await (const _ of buildIndex(connection, table, tenant, 'BACKGROUND')) {
          yield
          await this.#idle()
        }
      }
    }
  }

  async #idle(): Promise<void> {
    while (this.#completions.size > 0) {
      await Promise.allSettled([...this.#completions.values()].map(({ running }) => running))
    }
  }
}
