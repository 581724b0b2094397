import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** The shell is the same browser without its windows, and takes half the CPU. */
const paths = [process.env.CHROMIUM_PATH, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

/** Undefined where there is none. */
export const chromiumPath = paths.find((path) => path !== undefined && path !== '' && existsSync(path))
if (chromiumPath === undefined)
  process.stderr.write('no Chromium (CHROMIUM_PATH, /usr/bin/chromium): the tests of the console are left out\n')

/** In a new folder of its own for what it keeps, which is removed when it is closed. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Tab extends AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong in the page without anybody seeing it. */
  readonly faults: readonly string[]
}

/** A page in a context of its own: other storage, other cookies. */
export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text())
  })
  return { context, page, faults, [Symbol.asyncDispose]: () => context.close() }
}
