import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { openEvents, startScripted, textResult } from '../../fixtures/mcp/scripted-http.ts'
import { costly, costsOfText } from '../../fixtures/process/costs-of-text.ts'

const MiB = 2 ** 20
const token = 'sk-0123456789/abcdef+XYZW'
const textBytes = 4_096

/** A text of 2 MiB with the token in it, cut by `textBytes` within the token. */
function cutWithin(spelled: string): string {
  const kept = spelled.slice(0, spelled.length - 3)
  // 48 bytes are for what says how much was left out.
  return `${'.'.repeat(textBytes - 48 - kept.length)}${spelled}${'%2541'.repeat(400_000)}`
}

describe('foreign text', () => {
  it('of 32 MiB costs 250 ms and 64 MiB at most, whatever is done with it, and is gone then', async () => {
    const { costs, kept } = await costsOfText(32 * MiB, 3)
    expect(costs.length).toBeGreaterThan(30)
    expect(costly(costs)).toEqual([])
    expect(kept.filter(({ works, keptBytes }) => works < 10 || keptBytes > 16 * MiB)).toEqual([])
  })

  it('is cut in log lines, progress, errors and instructions, and what the cut leaves of a secret is sealed', async () => {
    const hostile = cutWithin(encodeURIComponent(token))
    await using server = await startScripted((asked) => {
      const { method, id, params, progressToken, args } = asked
      if (method === 'initialize') {
        const serverInfo = { name: 'a', version: hostile }
        const { protocolVersion } = params
        asked.result({ protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo, instructions: hostile })
        return true
      }
      if (method !== 'tools/call') return false
      const send = openEvents(asked)
      if (args.fail) send({ id, error: { code: -32000, message: hostile } })
      else {
        send({ method: 'notifications/message', params: { level: 'info', data: hostile } })
        send({ method: 'notifications/progress', params: { progressToken, progress: 1, message: hostile } })
        send({ id, result: textResult('done') })
      }
      asked.response.end()
      return true
    })
    await using registry = await createRegistry({ budgets: { textBytes } })
    const auth = { token }
    const added = await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url, auth })
    const { serverInfo, instructions } = (await registry.servers.get(added.id)) ?? {}
    const job = await registry.tools.start({ server: 'a', tool: 'echo' })
    const events = []
    for await (const event of registry.runs.events(job.id)) events.push(event)
    const failed = await registry.tools.run({ server: 'a', tool: 'echo' }, { fail: true })
    const texts = [
      serverInfo?.version,
      instructions,
      ...events.flatMap((event) => (event.type === 'ToolRunOutput' ? [event.text] : [])),
      ...events.flatMap((event) => (event.type === 'ToolRunProgress' ? [event.message] : [])),
      failed.error?.message,
    ]
    expect(texts).toHaveLength(5)
    for (const text of texts) {
      expect(text?.length).toBeLessThan(textBytes + 200)
      expect(text).toMatch(/ left out\)$/)
      expect(text).not.toContain('sk-0123')
      if (text !== failed.error?.message) expect(text).toContain('[sealed]')
    }
  })
})
