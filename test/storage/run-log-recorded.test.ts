import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  path = join(folder, 'registry.db')
})
afterEach(() => rm(folder, { recursive: true }))

/** All bytes of the files of the log. */
async function bytesOf(): Promise<Buffer> {
  const logs = (await readdir(folder)).filter((name) => name.includes('-runs-'))
  return Buffer.concat(await Promise.all(logs.map((name) => readFile(join(folder, name)))))
}

describe('what is not recorded of a run', () => {
  it.each(['KEEP', 'REDACT', 'DROP'] as const)('is not in the file either, with %s', async (recordArgs) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const called = Promise.withResolvers<void>()
    await using server = await startScripted(async (asked) => {
      if (asked.method !== 'tools/call') return false
      called.resolve()
      asked.result(textResult('done'))
      return true
    })
    try {
      await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
      await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
      const echo = await registry.tools.get({ server: 'a', tool: 'echo' })
      await registry.tools.set(echo?.id ?? '', { recordArgs })
      const job = await registry.tools.start({ server: 'a', tool: 'echo' }, { text: 'a marked text' })
      const bytes = await bytesOf()
      expect(bytes.includes(job.id)).toBe(true)
      expect(bytes.includes('a marked text')).toBe(recordArgs === 'KEEP')
      await called.promise
      await job.result()
      expect(await registry.runs.count()).toBe(1)
      expect(await bytesOf()).toHaveLength(0)
    } finally {
      vi.useRealTimers()
    }
  })
})
