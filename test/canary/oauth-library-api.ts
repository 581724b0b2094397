import type { Registry } from '@toolyard/core'
import type { LeakDetector } from './leak-detector.ts'
import type { OAuthApi } from './oauth-session.ts'

/** The library, whose answers `detector` sees; of `beginAuth` only what it rejects with, as its answer has the state. */
export function oauthLibrary(registry: Registry, { see, watch }: LeakDetector): OAuthApi {
  const { servers, tools } = registry
  return {
    async create(name, serverUrl, oauth) {
      const config = { transport: 'streamableHttp', serverUrl, auth: { oauth } } as const
      return (await watch('create', () => servers.create({ name, config, refresh: false })))?.id ?? ''
    },
    async begin(id, redirectUri) {
      try {
        return await servers.beginAuth(id, { redirectUri })
      } catch (error) {
        see('beginAuth', error)
        return undefined
      }
    },
    async complete(answer) {
      await watch('completeAuth', () => servers.completeAuth(answer))
    },
    async refresh(id) {
      await watch('refresh', async () => {
        const job = await servers.refresh(id)
        const result = await job.result()
        for await (const event of job.events()) see('refresh event', event)
        return result
      })
    },
    async run(server, tool) {
      const run = await watch('start', () => tools.start({ server, tool }, { text: 'a' }, { timeoutMs: 10_000 }))
      if (!run) return
      await watch('result', () => run.result())
      for await (const event of run.events()) see('run event', event)
    },
    async disconnect(id) {
      await watch('disconnectAuth', () => servers.disconnectAuth(id))
    },
    async look(id) {
      await watch('get', () => servers.get(id))
      await watch('list', () => servers.list())
      await watch('runs', () => registry.runs.list())
      await watch('audit', () => registry.audit.list())
      await watch('export', () => servers.export({ format: 'MCP_SERVERS_JSON' }))
    },
  }
}
