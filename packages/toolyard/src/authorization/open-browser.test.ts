import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { browserUrl, openBrowser } from './open-browser.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-browser-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}

it.each([
  ['https://as.example/authorize?a=b', 'https://as.example/authorize?a=b'],
  ['http://127.0.0.1:1/', 'http://127.0.0.1:1/'],
  ['https://as.example/$(id)?"', 'https://as.example/$(id)?%22'],
  ['https://as.example/\u001b[31m', 'https://as.example/%1B[31m'],
  ['javascript:alert(1)', undefined],
  ['file:///etc/passwd', undefined],
  ['data:text/html,x', undefined],
  ['--help', undefined],
])('a browser is sent to %s as %s', (address, url) => {
  expect(browserUrl(address)).toBe(url)
})

it.runIf(process.platform !== 'win32').each(['linux', 'darwin'] as const)(
  'on %s the address is one arg, whatever it contains, and no setting of toolyard goes along',
  async (platform) => {
    const name = platform === 'linux' ? 'xdg-open' : 'open'
    const file = join(folder, `${name}.txt`)
    await program(
      name,
      `printf '%s\\n' "$#" "$1" "\${TOOLYARD_KEY-none}" > '${file}.part'; mv '${file}.part' '${file}'`,
    )
    const url = 'https://as.example/authorize?a=$(id)&b=`id`;c'
    const failed: string[] = []
    const env = { PATH: `${folder}:${process.env.PATH}`, TOOLYARD_KEY: 'secret' }
    openBrowser(url, { env, platform, onFailure: (reason) => failed.push(reason) })
    await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toBe(`1\n${url}\nnone\n`)
    expect(failed).toEqual([])
  },
)

it('says why no browser was opened', async () => {
  const open = (path: string) =>
    new Promise((onFailure) =>
      openBrowser('https://as.example/', { env: { PATH: path }, platform: 'linux', onFailure }),
    )
  expect(await open('/nowhere')).toBe('xdg-open: ENOENT')
  await program('xdg-open', 'exit 3')
  expect(await open(`${folder}:${process.env.PATH}`)).toBe('xdg-open ended with 3')
})
