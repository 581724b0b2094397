// npm run docs:check: looks at the built site of the documentation in Chromium. Its search needs no other server, its
// pages fit 360 pixels, and axe finds nothing but empty heads of tables. Without Chromium it says so and checks nothing.
import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { findingsOf } from './axe.ts'
import { chromiumPath, launchBrowser, openTab } from './browser.ts'

const folder = fileURLToPath(new URL('../../docs/.vitepress/dist', import.meta.url))
const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

async function serveSite() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    try {
      const file = await readFile(join(folder, decodeURIComponent(path)))
      response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream').end(file)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected the address of a port')
  return { base: `http://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

async function checkSearch(page: Page, base: string): Promise<readonly string[]> {
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) elsewhere.push(request.url())
  })
  await page.goto(`${base}/index.html`)
  await page.keyboard.press('Control+KeyK')
  await page.getByRole('searchbox').or(page.getByRole('combobox')).fill('NEEDS_AUTH')
  await page.locator('.result').first().waitFor()
  await page.locator('.result', { hasText: 'Troubleshooting' }).first().click()
  await page.waitForURL(/troubleshooting/)
  return elsewhere.map((url) => `the site asks another server: ${url}`)
}

async function checkPage(page: Page, url: string): Promise<readonly string[]> {
  const faults: string[] = []
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(url)
  await page.locator('h1').waitFor()
  const width = Number(await page.evaluate('document.documentElement.scrollWidth'))
  if (width > 360) faults.push(`${url} is ${width} pixels wide at 360`)
  await page.setViewportSize({ width: 1280, height: 900 })
  const found = await findingsOf(page, (scheme) => (scheme === 'dark' ? 'html.dark' : 'html:not(.dark)'))
  // Markdown has no tables without a head; the heads of such are left empty.
  faults.push(...found.filter((finding) => !finding.includes(' empty-table-header (minor)')))
  return faults
}

if (chromiumPath !== undefined) {
  if (!existsSync(folder)) throw new Error('There is no site to look at; build it with npm run docs')
  await using site = await serveSite()
  await using browser = await launchBrowser()
  await using tab = await openTab(browser, { reducedMotion: 'reduce' })
  const { page } = tab
  const faults = [...(await checkSearch(page, site.base))]
  const guides = globSync('*.html', { cwd: folder }).filter((name) => name !== '404.html')
  const reference = ['queries', 'objects'].map((name) => `reference/graphql/${name}.html`)
  for (const path of [...guides, ...reference, 'reference/commands.html', 'reference/library/index.html'])
    faults.push(...(await checkPage(page, `${site.base}/${path}`)))
  faults.push(...tab.faults)
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.stdout.write(`${guides.length + 4} pages looked at, ${faults.length} faults\n`)
  if (faults.length > 0) process.exitCode = 1
}
