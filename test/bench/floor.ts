import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Dispatcher } from 'undici'

/** What a refresh cannot do without: list every page, hash each definition, insert a row for each, bare. */
export interface Floor extends Disposable {
  refresh(url: string): Promise<number>
}

interface Page {
  readonly result: {
    readonly tools: readonly { readonly name: string; readonly description?: string }[]
    readonly nextCursor?: string
  }
}

async function list(dispatcher: Dispatcher, url: string): Promise<Page['result']['tools']> {
  const { origin, pathname, search } = new URL(url)
  const tools: Page['result']['tools'][number][] = []
  for (let cursor: string | undefined; ; ) {
    const { body } = await dispatcher.request({
      origin,
      path: pathname + search,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/list',
        params: cursor === undefined ? {} : { cursor },
      }),
    })
    const { result }: Page = JSON.parse(await body.text())
    tools.push(...result.tools)
    if (result.nextCursor === undefined) return tools
    cursor = result.nextCursor
  }
}

/** With `index`, the names and descriptions go into a full-text index besides. */
export function openFloor(dispatcher: Dispatcher, index: boolean): Floor {
  const folder = mkdtempSync(join(tmpdir(), 'toolyard-bench-'))
  const database = new Sqlite(join(folder, 'floor.db'))
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = normal')
  database.exec('create table tools (id text primary key, name text, definition text, digest text)')
  if (index) database.exec('create virtual table tool_texts using fts5(name, description)')
  const insert = database.prepare('insert into tools values (?, ?, ?, ?)')
  const insertText = index ? database.prepare('insert into tool_texts values (?, ?)') : undefined
  let rows = 0
  return {
    async refresh(url) {
      const tools = await list(dispatcher, url)
      database.transaction(() => {
        for (const tool of tools) {
          const text = JSON.stringify(tool)
          rows += 1
          insert.run(`tool_${String(rows).padStart(32, '0')}`, tool.name, text, hash('sha256', text))
          insertText?.run(tool.name, tool.description ?? '')
        }
      })()
      return tools.length
    },
    [Symbol.dispose]() {
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
