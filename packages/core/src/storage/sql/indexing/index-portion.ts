import { RegistryError } from '../../../base/errors.ts'
import type { ServerId, TenantId } from '../../../base/ids.ts'
import type { SqlConnection } from '../connection.ts'
import type { EntryTable } from '../schema.ts'
import type { Statement } from '../statement.ts'
import { marksOf } from './index-marks.ts'

/** What adds an entry to the index, and the characters of its words. */
export interface AddedEntry {
  readonly added: string | number | readonly (string | number)[]
  readonly chars: number
}

/** Entries that are added by one statement, and characters of their words: some ms of work. */
const statementEntries = 128
const statementChars = 64 * 1024

// Entries that are in the index are left out: no key can be taken.
const taken = async () => new RegistryError('INTERNAL', 'An entry is indexed twice')

/** Entries of one tenant that are added to the index in one transaction, and the servers that it then lacks nothing of. */
export class IndexPortion {
  readonly #connection: SqlConnection
  readonly #table: EntryTable
  readonly #tenantId: TenantId
  #entries: AddedEntry[] = []
  #servers = new Set<ServerId>()
  #complete: ServerId[] = []
  chars = 0

  constructor(connection: SqlConnection, table: EntryTable, tenantId: TenantId) {
    this.#connection = connection
    this.#table = table
    this.#tenantId = tenantId
  }

  get length(): number {
    return this.#entries.length
  }

  add(serverId: ServerId, entry: AddedEntry): void {
    this.#servers.add(serverId)
    this.#entries.push(entry)
    this.chars += entry.chars
  }

  complete(serverId: ServerId): void {
    this.#servers.add(serverId)
    this.#complete.push(serverId)
  }

  /** `other`: whether to wait for the servers that another node is indexing, or to leave them to it. */
  async commit(other: 'WAIT' | 'SKIP'): Promise<void> {
    if (this.#servers.size === 0) return
    const additions = [...this.#additions()]
    const ends = this.#complete.map((id) => this.#unmark(id))
    const portions = [...this.#lock(other).map((each) => [each]), ...additions, ends]
    this.#entries = []
    this.#servers = new Set()
    this.#complete = []
    this.chars = 0
    if (additions.length < 2) await this.#connection.transact(portions.flat(), undefined, taken)
    else await this.#connection.transactInPortions(portions, undefined, taken)
  }

  #lock(other: 'WAIT' | 'SKIP'): readonly Statement[] {
    const { lock } = this.#connection.dialect.indexing
    if (!lock) return []
    const rows = [[this.#tenantId, JSON.stringify([...this.#servers])]]
    return [{ sql: lock.marks(marksOf[this.#table], other), rows }]
  }

  *#additions(): Generator<readonly Statement[]> {
    const { add } = this.#connection.dialect.indexing[this.#table]
    // An index grows at its end alone if it is written in the order of its keys.
    const entries = this.#entries.toSorted(({ added: a }, { added: b }) => (a < b ? -1 : 1))
    for (let start = 0; start < entries.length; ) {
      let chars = 0
      let end = start
      for (; end < entries.length && end - start < statementEntries && chars < statementChars; end += 1) {
        chars += entries[end]?.chars ?? 0
      }
      const rows = [[JSON.stringify(entries.slice(start, end).map(({ added }) => added))]]
      yield add.map((sql) => ({ sql, rows }))
      start = end
    }
  }

  /** Keeps the mark if there are entries that were added meanwhile. */
  #unmark(serverId: ServerId): Statement {
    const { lock, [this.#table]: statements } = this.#connection.dialect.indexing
    const table = this.#table
    const lacking = `select 1 from ${table} where ${table}.tenant = ? and ${table}.server_id = ? and ${statements.isLacking}`
    const isTaken = lock ? `${lock.isTaken('server_id')} and ` : ''
    return {
      sql: `delete from ${marksOf[table]} where tenant = ? and server_id = ? and ${isTaken}not exists (${lacking})`,
      rows: [[this.#tenantId, serverId, this.#tenantId, serverId]],
    }
  }
}
