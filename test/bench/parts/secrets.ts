import { join } from 'node:path'
import { type CreateServerInput, createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createId, defaultTenant } from '../../../packages/core/src/base/ids.ts'
import type { SecretPlace } from '../../../packages/core/src/model/config-secrets.ts'
import { resolveConfig } from '../../../packages/core/src/model/resolve-config.ts'
import { plaintextLiteral } from '../../../packages/core/src/model/secret-value.ts'
import type { ServerConfig } from '../../../packages/core/src/model/server.ts'
import { openDefaultKeyRing } from '../../../packages/core/src/registry/open-key-ring.ts'
import { createScrub } from '../../../packages/core/src/secrets/scrub.ts'
import { createServerSecrets } from '../../../packages/core/src/secrets/server-secrets.ts'
import { memoryStorage } from '../../../packages/core/src/storage/memory/memory-storage.ts'
import type { Fixture } from '../fixture/start.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'

// What a dial does is no part of the packages' surface, so this reads the sources.

/** One is too short to be timed by itself. */
const dials = 100
const token = 'sk-0123456789abcdefghijklmnopqrstuvwxyz'

/** A token and two headers, as a dial needs them: in clear, sealed, and to be sealed. */
async function dialSubjects(): Promise<readonly Subject[]> {
  const onError = (error: unknown) => {
    throw error
  }
  const keyRing = await openDefaultKeyRing(await memoryStorage().open(), {}, undefined, onError)
  const sources = { env: { names: [], read: () => undefined }, provider: undefined, onError }
  const secrets = createServerSecrets(keyRing, sources, defaultTenant)
  const id = createId('server')
  const clear: ServerConfig = {
    transport: 'streamableHttp',
    serverUrl: 'http://127.0.0.1:9/',
    auth: { type: 'HEADER', header: 'Authorization', token: plaintextLiteral(token) },
    headers: [1, 2].map((n) => ({ name: `X-${n}`, value: plaintextLiteral(`${token}-${n}`) })),
  }
  const sealed = await secrets.seal(id, clear)
  const texts = new Map<SecretPlace, string>([
    ['auth', token],
    ['header:x-1', `${token}-1`],
    ['header:x-2', `${token}-2`],
  ])
  const { signal } = new AbortController()
  const expectToken = (config: ReturnType<typeof resolveConfig>) => {
    const isRight = config.transport !== 'stdio' && config.headers.at(-1)?.value === `Bearer ${token}`
    if (!isRight) throw new Error('The secrets of a dial came out wrong')
  }
  const often = (name: string, dial: () => Promise<void>): Subject => ({
    name,
    cpu: ownCpu,
    async run() {
      for (let n = 0; n < dials; n += 1) await dial()
    },
  })
  return [
    often('in clear', async () => expectToken(resolveConfig(clear, texts, {}))),
    often('opened', async () => {
      const { config, known } = await secrets.open(id, sealed, {}, signal)
      createScrub(known)
      expectToken(config)
    }),
    often('sealed', async () => {
      await secrets.seal(id, clear)
    }),
  ]
}

/** Warm calls of a child that was given secrets, and of one that was given none. */
async function warmSubjects(fixture: Fixture, stack: AsyncDisposableStack): Promise<readonly Subject[]> {
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const registry = stack.use(await createRegistry({ storage: sqliteStorage({ path: join(folder.path, 'bench.db') }) }))
  const { command, args } = fixture.stdio
  const subject = async (name: string, env: Record<string, string>, variables?: Record<string, string>) => {
    const config: CreateServerInput['config'] = { transport: 'stdio', command, args: [...args], env }
    const { id } = await registry.servers.create({ name, config, refresh: false })
    const options = variables ? { variables } : {}
    await (await registry.servers.refresh(id, options)).result()
    return {
      name,
      cpu: ownCpu,
      async run() {
        const { result } = await registry.tools.run({ server: name, tool: 'add' }, { a: 1, b: 2 }, options)
        if (String(result?.funcReturn) !== '3') throw new Error(`A warm call answered ${String(result?.funcReturn)}`)
      },
    }
  }
  const five = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`SECRET_${n}`, `${token}-${n}`]))
  return [
    await subject('no secrets', {}),
    await subject('five secrets', five),
    await subject('a template and its variable', { SECRET: '{{ TOKEN }}' }, { TOKEN: token }),
  ]
}

/** What secrets cost: at a dial, and beyond it. */
export async function measureSecrets(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 12 } = settings
  const sliceMs = isQuick ? 50 : 300
  await using stack = new AsyncDisposableStack()
  return [
    await interleave(`secrets of ${dials} dials, a token and two headers each`, await dialSubjects(), {
      rounds,
      sliceMs,
    }),
    await interleave('warm calls over stdio, with secrets', await warmSubjects(fixture, stack), { rounds, sliceMs }),
  ]
}
