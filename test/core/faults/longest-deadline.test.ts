import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describe, expect, it } from 'vitest'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'

const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })

describe('deadlines beyond deadlineMs', () => {
  const refused = (path: string, got: number) => ({
    code: 'INVALID_INPUT',
    path: path.split('.'),
    message: `${path}: expected at most 1000 ms (deadlineMs), got ${got}`,
  })

  it('are refused at create and update, of a call and of an import, each at its path', async () => {
    await using sound = await startScripted()
    await using registry = await createRegistry({ budgets: { deadlineMs: 1_000 } })
    const { servers, tools } = registry
    const { id } = await servers.create({ name: 'a', config: http(sound), refresh: false })
    expect((await servers.get(id))?.timeouts).toEqual({ connectMs: 1_000, requestMs: 1_000, maxTotalMs: 1_000 })
    await (await servers.refresh(id)).result()
    const timeouts = { requestMs: 1_001 }
    const creating = servers.create({ name: 'b', config: http(sound), timeouts, refresh: false })
    await expect(creating).rejects.toMatchObject(refused('timeouts.requestMs', 1_001))
    const updating = servers.update(id, { timeouts: { maxTotalMs: 5_000 } })
    await expect(updating).rejects.toMatchObject(refused('timeouts.maxTotalMs', 5_000))
    const tool = { server: 'a', tool: 'echo' }
    await expect(tools.run(tool, {}, { timeouts })).rejects.toMatchObject(refused('timeouts.requestMs', 1_001))
    await expect(tools.run(tool, {}, { timeoutMs: 2_000 })).rejects.toMatchObject(refused('timeoutMs', 2_000))
    await expect(servers.refresh(id, { timeouts })).rejects.toMatchObject(refused('timeouts.requestMs', 1_001))
    const text = `[mcp_servers.c]\nurl = "${sound.url}"\ntool_timeout_sec = 2\n`
    const { entries } = await servers.import({ source: { text, format: 'CODEX_TOML' } })
    expect(entries[0]).toMatchObject({ outcome: 'FAILED', error: { code: 'INVALID_INPUT' } })
    expect(entries[0]?.error?.message).toContain('expected at most 1000 ms (deadlineMs), got 2000')
    expect(registry.stats().budgetRefusals.deadlineMs).toBe(6)
  })

  it('are cut where a server was stored with them before', async () => {
    await using hanging = await startScripted(({ method }) => method === 'tools/list')
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const storage = sqliteStorage({ path: join(folder, 'registry.db') })
    try {
      const first = await createRegistry({ storage })
      const { id } = await first.servers.create({ name: 'a', config: http(hanging), refresh: false })
      await first.close()
      await using registry = await createRegistry({ storage, budgets: { deadlineMs: 50 } })
      const refreshing = (await registry.servers.refresh(id)).result()
      await expect(refreshing).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('(50 ms)') })
      await registry.servers.update(id, { timeouts: { connectMs: 20 } })
      const { timeouts } = (await registry.servers.get(id)) ?? {}
      expect(timeouts).toEqual({ connectMs: 20, requestMs: 50, maxTotalMs: 50 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('are refused where the operator gives them as defaults', async () => {
    const opening = createRegistry({ budgets: { deadlineMs: 1_000 }, timeouts: { requestMs: 2_000 } })
    await expect(opening).rejects.toMatchObject({
      message: 'timeouts.requestMs: expected at most budgets.deadlineMs (1000), got 2000',
    })
  })
})
