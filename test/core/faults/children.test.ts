import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describe, expect, it } from 'vitest'
import { fixtureStdio } from '../../fixtures/mcp/mcp-fixture.ts'
import { registered, timed } from '../../fixtures/mcp/registered.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'
import { goneWithin, isAlive } from '../../fixtures/process/processes.ts'

async function pidOf(registry: Registry, tool = 'pid'): Promise<number> {
  const run = await registry.tools.run({ server: 'a', tool })
  return Number(run.result?.funcReturn)
}

const start = (registry: Registry, tool: string) => registry.tools.start({ server: 'a', tool })

/** Resolves once the call has been sent. */
async function sent(job: Awaited<ReturnType<typeof start>>): Promise<void> {
  for await (const event of job.events()) if (event.type === 'ToolRunStarted') return
}

describe('a child', () => {
  it('that is killed in the middle of a call fails that call at once; the next one works, and nothing is run twice', async () => {
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'stdio', ...fixtureStdio() })
    const pid = await pidOf(registry)
    const job = await start(registry, 'hang')
    await sent(job)
    const { ms, value: run } = await timed(async () => {
      process.kill(pid, 'SIGKILL')
      return job.result()
    })
    expect(run).toMatchObject({
      status: 'OUTCOME_UNKNOWN',
      error: { code: 'CONNECT_FAILED', message: expect.stringContaining('ended by SIGKILL') },
    })
    expect(ms).toBeLessThan(1_500)
    expect((await registry.servers.getByName('a'))?.status).toBe('DEGRADED')
    const next = await timed(() => registry.tools.run({ server: 'a', tool: 'calls' }))
    expect(next.ms).toBeLessThan(3_000)
    expect(JSON.stringify(next.value.result?.funcReturn)).not.toContain('hang')
    expect((await registry.servers.getByName('a'))?.status).toBe('READY')
  })

  it('that ends while idle is reported, and restarted only for the next request', async () => {
    await using registry = await createRegistry()
    const { id } = await registered(registry, 'a', { transport: 'stdio', ...fixtureStdio() })
    const pid = await pidOf(registry)
    const changed = registry.events({ serverId: id })
    process.kill(pid, 'SIGKILL')
    const { value: event } = await changed.next()
    expect(event).toMatchObject({ type: 'McpServerStatusChanged', from: 'READY', to: 'DEGRADED' })
    expect(registry.stats()).toMatchObject({ sessions: 0, sessionsOpened: 1 })
    expect(await registry.servers.get(id)).toMatchObject({
      health: { consecutiveFailures: 1, lastError: { message: expect.stringContaining('ended by SIGKILL') } },
    })
    expect(await pidOf(registry)).not.toBe(pid)
  })

  it('that dies young again and again is started with growing pauses, and not without end', async () => {
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'stdio', ...fixtureStdio() })
    const crash = async () => (await timed(() => registry.tools.run({ server: 'a', tool: 'crash' }))).ms
    const times = [await crash(), await crash(), await crash(), await crash(), await crash()]
    // Decorrelated jitter: each pause is drawn anew, the sum of them is what must grow.
    expect(registry.stats().sessionsOpened).toBe(5)
    expect(times.slice(1).reduce((sum, ms) => sum + ms)).toBeGreaterThan((times[0] ?? 0) + 100)
  })

  it('that ignores SIGTERM is dead within 5 s, with its grandchildren, and no caller waits for it', async () => {
    await using registry = await createRegistry()
    const { id } = await registered(registry, 'a', { transport: 'stdio', ...fixtureStdio('stubborn') })
    const pids = [await pidOf(registry), await pidOf(registry, 'spawn_child')]
    expect(pids.map(isAlive)).toEqual(['running', 'running'])
    const { ms } = await timed(() => registry.servers.delete(id))
    expect(ms).toBeLessThan(1_500)
    expect(await goneWithin(pids, 5_000)).toBeLessThan(5_000)
  })

  it('that exits by itself takes its grandchildren along', async () => {
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'stdio', ...fixtureStdio() })
    const grandchild = await pidOf(registry, 'spawn_child')
    await registry.tools.run({ server: 'a', tool: 'crash' })
    expect(await goneWithin([grandchild], 5_000)).toBeLessThan(5_000)
  })

  it('of a registry that was killed is ended within 2 s of the next start on the same database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const path = join(folder, 'registry.db')
    const script = fileURLToPath(new URL('../../fixtures/process/crashing-registry.ts', import.meta.url))
    const crashing = fork(script, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const [pids]: number[][] = await once(crashing, 'message')
    const exited = once(crashing, 'exit')
    crashing.kill('SIGKILL')
    await exited
    expect(pids).toHaveLength(6)
    // One that was writing to a pipe that broke may have ended by itself.
    expect(pids?.map(isAlive)).toContain('running')
    {
      await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
      expect(await goneWithin(pids ?? [], 2_000)).toBeLessThan(2_000)
      expect(await pidOf(registry)).toBeGreaterThan(0)
    }
    // Nothing is left in the children: a third start has nothing to look for.
    const { default: Sqlite } = await import('better-sqlite3')
    const database = new Sqlite(path)
    expect(database.prepare('select count(*) as n from children').get()).toEqual({ n: 0 })
    database.close()
    await rm(folder, { recursive: true })
  })

  it('whose command does not exist fails at once, in words', async () => {
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({
      name: 'a',
      config: { transport: 'stdio', command: 'no-such-command-here' },
      refresh: false,
    })
    const { ms } = await timed(async () =>
      expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
        code: 'CONNECT_FAILED',
        message: 'Could not start "no-such-command-here": the command "no-such-command-here" was not found (ENOENT)',
      }),
    )
    expect(ms).toBeLessThan(1_500)
  })

  it('keeps the last 100 lines of stderr for the error, even if other readers take them', async () => {
    await using registry = await createRegistry()
    await registered(
      registry,
      'a',
      scriptedStdio(`on((message) => {
        if (message.method !== 'tools/call') return answer(message)
        for (let line = 1; line <= 250; line += 1) process.stderr.write('line ' + line + '\\n')
        process.stderr.write('', () => process.exit(7))
      })`),
    )
    const { error } = await registry.tools.run({ server: 'a', tool: 'echo' })
    expect(error?.message).toContain('exited with code 7')
    expect(error?.stderrTail).toHaveLength(100)
    expect(error?.stderrTail.at(-1)).toBe('line 250')
  })

  it('that closes its stdout and lives on fails its call at once', async () => {
    await using registry = await createRegistry()
    const config = scriptedStdio(`
      setInterval(() => undefined, 1_000)
      on((message) => message.method === 'tools/call' ? process.stdout.end() : answer(message))`)
    await registered(registry, 'a', config)
    expect(await registry.tools.run({ server: 'a', tool: 'echo' })).toMatchObject({
      status: 'OUTCOME_UNKNOWN',
      error: { code: 'CONNECT_FAILED', message: expect.stringContaining('the server closed stdout') },
    })
    expect((await registry.tools.run({ server: 'a', tool: 'echo' })).status).toBe('OUTCOME_UNKNOWN')
    expect(registry.stats().sessionsOpened).toBe(2)
  })

  it('that answers nothing and exits during initialize says how it ended', async () => {
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({
      name: 'a',
      config: scriptedStdio(
        `on(() => { process.stderr.write('no licence\\n'); process.exitCode = 9; process.stdin.destroy() })`,
      ),
      refresh: false,
    })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('exited with code'),
      details: { stderrTail: ['no licence'] },
    })
  })

  it('that closes its input before it exits says how it ended, and not that the pipe broke', async () => {
    await using registry = await createRegistry()
    const script = `process.stdin.once('data', (line) => {
      const { id, params: { protocolVersion } } = JSON.parse(line)
      const result = { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'a', version: '1' } }
      process.stdin.once('close', () => {
        // libuv leaves it open.
        require('node:fs').closeSync(0)
        process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
        setTimeout(() => process.stderr.write('KEY is required\\n', () => process.exit(1)), 50)
      })
      process.stdin.destroy()
    })`
    const { id } = await registry.servers.create({
      name: 'a',
      config: { transport: 'stdio', command: process.execPath, args: ['-e', script] },
      refresh: false,
    })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('exited with code 1'),
      details: { stderrTail: ['KEY is required'] },
    })
  })
})
