import { createRegistry, functionDefinition, isRegistryError } from '@toolyard/core'
import { expect, it } from 'vitest'
import { bombs, doubling } from '../fixtures/mcp/hostile-schemas.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { watchLoop } from '../fixtures/process/loop-watch.ts'
import { allowedMs } from '../fixtures/process/machine-speed.ts'

const forMs = 15_000
const quantile = (values: readonly number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0
const rssMiB = () => process.memoryUsage().rss / 1024 ** 2

it('a tenant whose tools have hostile schemas runs them for a quarter of a minute: the loop turns, others run, memory stays', async () => {
  const args = { a: 1, b: { c: 2 } }
  const all = [...Object.values(doubling).map((schema) => ({ schema, args })), ...Object.values(bombs)]
  let round = 0
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    // Another text each time, so that nothing that is known of a schema helps.
    const tools = all.map(({ schema }, n) => ({ name: `t${n}`, inputSchema: { ...schema, title: `${round}` } }))
    asked.result({ tools: [...tools, { name: 'plain', inputSchema: { type: 'object', required: ['a'] } }] })
    return true
  })
  await using registry = await createRegistry({ history: { args: 'DROP', results: 'DROP' } })
  const [hostile, other] = [registry.tenant('hostile'), registry.tenant('other')]
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  const [{ id }, plain] = [
    await hostile.servers.create({ name: 'a', config, refresh: false }),
    await other.servers.create({ name: 'a', config, refresh: false }),
  ]
  await (await other.servers.refresh(plain.id)).result()

  const before = rssMiB()
  const endsAt = performance.now() + forMs
  const waits: number[] = []
  const holds: number[][] = all.map(() => [])
  const attack = async () => {
    for (; performance.now() < endsAt; round += 1) {
      server.forget()
      await (await hostile.servers.refresh(id)).result()
      for (const [n, bomb] of all.entries()) {
        using loop = watchLoop()
        await hostile.tools.run({ server: 'a', tool: `t${n}` }, bomb.args).catch((error: unknown) => {
          if (!isRegistryError(error, 'TOOL_ARGS_INVALID')) throw error
        })
        const tool = await hostile.tools.get({ server: 'a', tool: `t${n}` })
        await new Promise(setImmediate)
        if (tool) functionDefinition(tool, 'GEMINI')
        holds[n]?.push(loop.longestMs)
      }
    }
  }
  const work = async () => {
    while (performance.now() < endsAt) {
      const begunAt = performance.now()
      const run = await other.tools.run({ server: 'a', tool: 'plain' }, { a: 1 })
      waits.push(performance.now() - begunAt)
      expect(run.status).toBe('SUCCEEDED')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await Promise.all([attack(), work()])
  const p99 = quantile(waits, 0.99)
  // What a schema does to the loop, it does in each round; a pause of the machine comes once.
  const longestMs = Math.max(...holds.map((each) => quantile(each, 0.5)))
  process.stdout.write(
    `foreign schemas: ${round} rounds, loop held ${longestMs.toFixed(0)} ms by the worst (${Math.max(...holds.flat()).toFixed(0)} ms once), p99 of another tenant ${p99.toFixed(0)} ms, ${(rssMiB() - before).toFixed(0)} MiB more\n`,
  )
  expect(longestMs).toBeLessThan(allowedMs(100))
  // The server is in this process as well, with the garbage of both.
  expect(rssMiB() - before).toBeLessThan(512)
})
