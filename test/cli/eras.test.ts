import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { answerModern } from '../fixtures/mcp/scripted-modern.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-eras-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('get, doctor and refresh --renegotiate show and renew the era of a server, over GraphQL', async () => {
  let isUpgraded = false
  await using upstream = await startScripted((asked) => {
    // It still speaks the old era as well.
    const isModern = asked.request.headers['mcp-protocol-version'] === '2026-07-28'
    return isUpgraded && isModern && answerModern(asked)
  })
  const registry = await createRegistry({ storage: sqliteStorage({ path: join(folder, 'a.db') }) })
  const server = await serveRegistry(registry, onlyOwnOperations)
  try {
    const ask = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await toolyard(args, { TOOLYARD_URL: server.url })
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' })
      return stdout
    }
    await ask('add', 'a', upstream.url)
    expect(await ask('get', 'a')).toMatch(/^Protocol +2025-11-25 \(LEGACY\)$/m)
    isUpgraded = true
    await ask('refresh', 'a')
    expect(JSON.parse(await ask('get', 'a', '--json'))).toMatchObject({ protocolEra: 'LEGACY' })
    await ask('refresh', 'a', '--renegotiate')
    expect(await ask('get', 'a')).toMatch(/^Protocol +2026-07-28 \(MODERN\)$/m)
    expect(await ask('doctor')).toContain('MCP 2026-07-28 (MODERN)')
    await ask('update', 'a', '--era', 'legacy')
    await ask('refresh', 'a')
    expect(await ask('get', 'a')).toMatch(/^Protocol +2025-11-25 \(LEGACY, only LEGACY allowed\)$/m)
  } finally {
    await server.close()
    await registry.close()
  }
})
