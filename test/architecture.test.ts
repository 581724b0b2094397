import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Source {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => {
      const path = relative(root, join(root, folder, name))
        .split(sep)
        .join('/')
      const text = readFileSync(join(root, path), 'utf8')
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, from]) => from ?? [])
      return { path, text, imports }
    })
}

const core = sources('packages/core/src')
const graphql = sources('packages/graphql/src')
const program = sources('packages/toolyard/src')
const within = (folder: string) => (source: Source) => source.path.startsWith(`packages/core/src/${folder}`)
const importers = (list: readonly Source[], pattern: RegExp) =>
  list.filter(({ imports }) => imports.some((from) => pattern.test(from))).map(({ path }) => path)

describe('who imports what', () => {
  it('only sessions of the earlier revisions import the MCP SDK, and only oauth its client', () => {
    const rest = core.filter((source) => !within('sessions/legacy/')(source) && !within('oauth/')(source))
    expect(importers(rest, /^@modelcontextprotocol\//)).toEqual([])
    expect(importers([...graphql, ...program], /^@modelcontextprotocol\//)).toEqual([])
  })

  it('only the SQL storages import Kysely and drivers, only ai-sdk/ the AI SDK, and the index reaches none of them', () => {
    expect(
      importers(
        core.filter((source) => !within('ai-sdk/')(source)),
        /^(ai|@ai-sdk)(\/|$)/,
      ),
    ).toEqual([])
    expect(importers([...graphql, ...program], /^(ai|@ai-sdk)(\/|$)/)).toEqual([])
    const rest = core.filter((source) => !within('storage/sql')(source) && !within('storage/postgres')(source))
    expect(importers(rest, /^(kysely|better-sqlite3|pg$)/)).toEqual([])
    const seen = new Set<string>()
    const visit = (path: string) => {
      if (seen.has(path)) return
      seen.add(path)
      const source = core.find((each) => each.path === path)
      for (const from of source?.imports ?? [])
        if (from.startsWith('.')) visit(join(path, '..', from).split(sep).join('/'))
    }
    visit('packages/core/src/index.ts')
    expect([...seen].filter((path) => /\/(storage\/(sql|postgres)|ai-sdk\/)/.test(path))).toEqual([])
    expect(seen.size).toBeGreaterThan(20)
  })

  it('core knows nothing of graphql, graphql nothing of the program, and no relative import leaves its package', () => {
    expect(importers(core, /graphql/)).toEqual([])
    expect(importers([...core, ...graphql], /^toolyard(\/|$)/)).toEqual([])
    const leaving = [...core, ...graphql, ...program].filter(({ path, imports }) => {
      const home = path.split('/').slice(0, 3).join('/')
      return imports.some(
        (from) => from.startsWith('.') && !join(path, '..', from).split(sep).join('/').startsWith(home),
      )
    })
    expect(leaving.map(({ path }) => path)).toEqual([])
  })

  it('only telemetry uses OpenTelemetry in core, and only the server that starts the SDK uses more than its API', () => {
    expect(
      importers(
        core.filter((source) => !within('telemetry/')(source)),
        /^@opentelemetry\//,
      ),
    ).toEqual([])
    const beyondApi = /^@opentelemetry\/(?!api$)/
    expect(importers(core, beyondApi)).toEqual([])
    expect(importers(graphql, beyondApi)).toEqual([])
    expect(importers(program, beyondApi)).toEqual(['packages/toolyard/src/serve/telemetry.ts'])
    const [starter] = program.filter(({ path }) => path.endsWith('serve/telemetry.ts'))
    // It is an optional dependency: never loaded unless it is asked for.
    expect(starter?.text).not.toMatch(/from '@opentelemetry\/sdk-node'/)
  })

  it('core reads no environment, writes nothing to the console and handles no signals', () => {
    // Children inherit PATH, HOME and the like.
    const rest = core.filter((source) => !within('sessions/stdio/environment.ts')(source))
    const found = rest.filter(({ text }) => /process\.env|console\.|process\.on\(/.test(text))
    expect(found.map(({ path }) => path)).toEqual([])
  })
})
