import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import type { Contender, OpenContender, Target } from './contender.ts'

/** A registry on a database file of its own, which goes with it. */
export async function openRegistry(): Promise<Registry & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-bench-'))
  const registry = await createRegistry({ storage: sqliteStorage({ path: join(folder, 'registry.db') }) })
  const end = async () => {
    await registry.close()
    await rm(folder, { recursive: true })
  }
  return { ...registry, [Symbol.asyncDispose]: end }
}

export const toConfig = (target: Target) =>
  target.kind === 'http'
    ? ({ transport: 'streamableHttp', serverUrl: target.url } as const)
    : { transport: 'stdio' as const, command: target.command, args: [...target.args] }

/** This library in this process, with its run records in SQLite. */
export const openLibrary: OpenContender = async (target): Promise<Contender> => {
  const registry = await openRegistry()
  const server = await registry.servers.create({ name: 'bench', config: toConfig(target), refresh: false })
  await (await registry.servers.refresh(server.id)).result()
  return {
    name: 'toolyard, library',
    pids: [],
    async call(message) {
      const run = await registry.tools.run({ server: 'bench', tool: 'echo' }, { message })
      return String(run.result?.funcReturn)
    },
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  }
}
