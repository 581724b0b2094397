import { join } from 'node:path'
import { type CreateServerInput, createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import type { Target } from '../fixture/start.ts'
import { inspectSelf } from '../inspect.ts'
import { ownCpu } from '../processes.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import type { Contender } from './contender.ts'

export function configOf(target: Target): CreateServerInput['config'] {
  return target.transport === 'http'
    ? { transport: 'streamableHttp', serverUrl: target.url }
    : { transport: 'stdio', command: target.command, args: [...target.args] }
}

/** The id of the tool `add` on a server that is new to the registry. */
export async function addTool(registry: Registry, target: Target): Promise<string> {
  const { id } = await registry.servers.create({ name: 'fixture', config: configOf(target), refresh: false })
  const { added } = await (await registry.servers.refresh(id)).result()
  const tool = added.find(({ name }) => name === 'add')
  if (!tool) throw new Error('The fixture lists no tool "add"')
  return tool.id
}

/** This project as a library, with its defaults, on a SQLite file: every call leaves a record of its run. */
export const library: Contender = {
  name: 'toolyard library',
  async open(target, isProfiled) {
    await using stack = new AsyncDisposableStack()
    const folder = await temporaryFolder()
    stack.defer(folder.remove)
    const registry = stack.use(
      await createRegistry({ storage: sqliteStorage({ path: join(folder.path, 'bench.db') }) }),
    )
    const id = await addTool(registry, target)
    const inspector = isProfiled ? inspectSelf() : undefined
    stack.defer(() => inspector?.close())
    const owned = stack.move()
    return {
      inspector,
      async call(a, b) {
        const { status, result, error } = await registry.tools.run({ id }, { a, b })
        if (status !== 'SUCCEEDED' || !result) throw new Error(`A run of the library is ${status}`, { cause: error })
        return String(result.funcReturn)
      },
      cpu: ownCpu,
      close: () => owned.disposeAsync(),
    }
  },
}
