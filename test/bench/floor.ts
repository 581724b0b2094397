import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { Pool } from 'undici'

/** A refresh as bare as it can be: the least that one that keeps its tools in SQLite must pay. */
export interface Floor {
  /** Lists, hashes and inserts; answers how many tools. */
  refresh(url: string): Promise<number>
  /** Takes the rows of `url` away again. */
  clear(url: string): void
  close(): Promise<void>
}

interface Listed {
  readonly result: {
    readonly tools: readonly { readonly name: string; readonly description?: string }[]
    readonly nextCursor?: string
  }
}

const tables = `
  create table tools (
    id text primary key, server text not null, name text not null, definition text not null, digest text not null,
    unique (server, name)
  )`
const searchIndex = 'create virtual table search using fts5 (id unindexed, server unindexed, name, description)'

export function createFloor(folder: string, origin: string, { search }: { readonly search: boolean }): Floor {
  const pool = new Pool(origin, { connections: 64, keepAliveTimeout: 60_000 })
  const database = new BetterSqlite3(join(folder, `floor-${search ? 'search' : 'plain'}.db`))
  // As the project's own storage has it.
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = normal')
  database.exec(tables)
  if (search) database.exec(searchIndex)
  const insert = database.prepare('insert into tools (id, server, name, definition, digest) values (?, ?, ?, ?, ?)')
  const index = search
    ? database.prepare('insert into search (id, server, name, description) values (?, ?, ?, ?)')
    : undefined
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

  async function post(url: string, body: object): Promise<string> {
    const { pathname, search: query } = new URL(url)
    const answer = await pool.request({ path: pathname + query, method: 'POST', headers, body: JSON.stringify(body) })
    return answer.body.text()
  }

  async function list(url: string): Promise<Listed['result']['tools']> {
    const clientInfo = { name: 'floor', version: '1.0.0' }
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }
    await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
    await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' })
    const tools: Listed['result']['tools'][number][] = []
    let cursor: string | undefined
    do {
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: cursor === undefined ? {} : { cursor } }
      // The fixture is this bench's own; the caller compares how many tools came.
      const { result } = JSON.parse(await post(url, request)) as Listed
      tools.push(...result.tools)
      cursor = result.nextCursor
    } while (cursor !== undefined)
    return tools
  }

  const write = database.transaction((url: string, tools: Listed['result']['tools']) => {
    for (const tool of tools) {
      const definition = JSON.stringify(tool)
      const id = randomUUID()
      insert.run(id, url, tool.name, definition, createHash('sha256').update(definition).digest('hex'))
      index?.run(id, url, tool.name, tool.description ?? '')
    }
  })

  return {
    async refresh(url) {
      const tools = await list(url)
      write(url, tools)
      return tools.length
    },
    clear(url) {
      database.prepare('delete from tools where server = ?').run(url)
      if (search) database.prepare('delete from search where server = ?').run(url)
    },
    async close() {
      await pool.close()
      database.close()
    },
  }
}
