import type { Registry } from '@toolyard/core'
import { hostileConfigs, toolNames } from './hostile-servers.ts'
import type { LeakDetector } from './leak-detector.ts'
import type { Markers } from './markers.ts'
import { oauthConfigs } from './oauth-configs.ts'

/** Every operation of the library, as it succeeds and as it fails. */
export async function librarySession(registry: Registry, url: string, markers: Markers, detector: LeakDetector) {
  const { watch, see } = detector
  const feed = registry.events()
  const following = (async () => {
    for await (const event of feed) see('feed', event)
  })()
  const context = { variables: { CANARY: markers.variable }, agentId: 'agent' }
  for (const [name, config] of Object.entries(hostileConfigs(url, markers))) {
    const server = await watch(`create ${name}`, () =>
      registry.servers.create({ name: `library ${name}`, config, refresh: false }),
    )
    const id = server?.id ?? ''
    await watch('a name that is taken', () => registry.servers.create({ name: `library ${name}`, config }))
    await watch('a refresh without its variable', () => registry.servers.refresh(id))
    await watch('a dry run', () => registry.servers.refresh(id, { ...context, dryRun: true }))
    const job = await watch('refresh', () => registry.servers.refresh(id, context))
    if (job) {
      await watch('result', () => job.result())
      for await (const event of job.events()) see('refresh event', event)
    }
    for (const tool of toolNames) {
      const run = await watch(`start ${tool}`, () =>
        registry.tools.start({ server: `library ${name}`, tool }, {}, { ...context, timeoutMs: 10_000 }),
      )
      if (!run) continue
      await watch(`result of ${tool}`, () => run.result())
      for await (const event of run.events()) see(`event of ${tool}`, event)
    }
    await watch('get', () => registry.servers.get(id))
    if (config.transport === 'stdio') continue
    const { transport } = config
    const patch = { transport, setHeaders: { 'X-Literal': markers.replacedHeader, 'X-Other': { env: 'CANARY_ENV' } } }
    await watch('update', () => registry.servers.update(id, { config: patch }))
    const wrong = {
      transport,
      setHeaders: { 'X-A': `${markers.refusedInput}\n`, 'X-B': { env: `${markers.refusedInput}` } },
    }
    await watch('a refused update', () => registry.servers.update(id, { config: wrong }))
    await watch('refresh', async () => (await registry.servers.refresh(id, context)).result())
  }
  for (const [name, oauth] of Object.entries(oauthConfigs(markers.token))) {
    const config = { transport: 'streamableHttp', serverUrl: url, auth: { oauth } } as const
    await watch(`OAuth: ${name}`, () =>
      registry.servers.create({ name: `library OAuth ${name}`, config, refresh: false }),
    )
  }
  await watch('an export', () => registry.servers.export({ format: 'MCP_SERVERS_JSON' }))
  const wrong = { transport: 'stdio', command: 'x', env: { A: `${markers.refusedInput}\0` } } as const
  await watch('a refused create', () => registry.servers.create({ name: 'x', config: wrong }))
  await watch('list', () => registry.servers.list())
  await watch('tools', () => registry.tools.list())
  await watch('runs', () => registry.runs.list())
  await feed.return?.()
  await following
}
