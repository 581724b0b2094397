import { join } from 'node:path'
import { type CreateServerInput, createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { startAuthorizationServer } from '../../fixtures/oauth/authorization-server.ts'
import type { Fixture } from '../fixture/start.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const clientSecret = 'the secret of the bench'
const client = { clientId: 'bench', authMethod: 'client_secret_basic', clientSecret } as const

type Auth = Extract<CreateServerInput['config'], { readonly transport: 'streamableHttp' }>['auth']

/** What OAuth costs a warm run, beside a token that is given. */
export async function measureOAuth(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 10 : 600 } = settings
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const authorizationServer = stack.use(await startAuthorizationServer({ clients: [client] }))
  const serverUrl = `${fixture.http.url}?protected`
  const subject = async (name: string, auth: NonNullable<Auth>): Promise<Subject> => {
    const storage = sqliteStorage({ path: join(folder.path, `${name}.db`) })
    const registry = stack.use(await createRegistry({ storage }))
    const config = { transport: 'streamableHttp', serverUrl, auth } as const
    const { id } = await registry.servers.create({ name, config, refresh: false })
    await (await registry.servers.refresh(id)).result()
    return {
      name,
      cpu: ownCpu,
      async run() {
        const { result } = await registry.tools.run({ server: name, tool: 'add' }, { a: 1, b: 2 })
        if (String(result?.funcReturn) !== '3') throw new Error(`A run answered ${String(result?.funcReturn)}`)
      },
    }
  }
  const { issuer } = authorizationServer
  const oauth = { grant: 'CLIENT_CREDENTIALS', clientId: client.clientId, clientSecret, issuer } as const
  const subjects = [
    await subject('header token', { token: 'given-0123456789abcdefghijklmnopqrstuvwxyz' }),
    await subject('OAuth', { oauth }),
  ]
  // Two percent are looked for: short turns, one right after the other, meet the same noise.
  const plan = { rounds, sliceMs: 12, minRuns: 10, collects: false, warmUpMs: isQuick ? 200 : 2_000 }
  const group = await interleave('runs over HTTP, by authorization', subjects, plan)
  const asked = authorizationServer.tokenRequests().length
  if (asked !== 1) throw new Error(`A token was asked for ${asked} times: expected once`)
  return [group]
}
