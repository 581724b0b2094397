import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'

it.each([0, 3])('a process that used the PostgreSQL of the tests ends with its own exit code, %i', async (code) => {
  const module = new URL('postgres-server.ts', import.meta.url).href
  const script = `const { loadEmbeddedPostgres } = await import('${module}')
    await loadEmbeddedPostgres()
    process.exitCode = ${code}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  expect(await once(child, 'exit')).toEqual([code, null])
})
