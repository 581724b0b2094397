import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'

it('a process that used the PostgreSQL of the tests ends with its own exit code', async () => {
  const module = new URL('postgres-server.ts', import.meta.url).href
  const script = `const { loadEmbeddedPostgres } = await import('${module}')
    await loadEmbeddedPostgres()
    process.exitCode = 3`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  expect(await once(child, 'exit')).toEqual([3, null])
})
