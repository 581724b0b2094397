import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Prefers the headless shell: the same browser without windows, at half the CPU. */
const paths = [process.env.CHROMIUM_PATH, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

/** Undefined if no Chromium is installed. */
export const chromiumPath = paths.find((path) => path !== undefined && path !== '' && existsSync(path))
if (chromiumPath === undefined)
  process.stderr.write('no Chromium (CHROMIUM_PATH, /usr/bin/chromium): skipping the tests of the console\n')

/** Launches Chromium with a temporary profile, which is removed on close. */
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

let shared: Promise<Browser> | undefined

/**
 * The browser of this process, for all files whose tests it runs: to launch one costs more than most tests. Each test has a
 * context of its own. Playwright ends the browser with the process.
 */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser().then((browser) => {
    // A browser that crashed is launched anew for the next file.
    browser.once('disconnected', () => {
      shared = undefined
    })
    return browser
  })
  return shared
}

export interface Tab extends AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors that the page did not show: exceptions and console errors. */
  readonly faults: readonly string[]
}

/** Opens a page in its own context, with separate storage and cookies. */
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
