import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'
import { blocksIn, pages, root } from './pages.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('Expected the address of a port')
  return address.port
}

it('the program in docs/oauth.md connects a server', async () => {
  const block = pages.filter(({ path }) => path === 'docs/oauth.md').flatMap((page) => blocksIn(page, 'ts'))[0]
  // The port of the page may be taken here.
  const text = block?.text.replaceAll('8123', String(await freePort())) ?? ''
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-docs-oauth-'))
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'main.ts'), text)
    const env = { ...process.env, CALENDAR_URL: server.url }
    const child = spawn(process.execPath, ['main.ts'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      said += more
      const [url] = /^http\S+\/authorize\?\S+$/m.exec(more) ?? []
      if (url !== undefined) void visitOnceItListens(url)
    })
    expect(await closed).toEqual([0, null])
    expect(said).toMatch(/\ncalendar is connected\n$/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** The program prints the address right before it listens. */
async function visitOnceItListens(url: string): Promise<void> {
  const back = await visit(url)
  await expect
    .poll(() =>
      fetch(back.url).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    .toBe(true)
}
