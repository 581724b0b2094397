import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest'
import { oauthOptionsOf } from '../../packages/toolyard/src/oauth/public-address.ts'
import { consoleFolder, readConsoleFiles } from '../../packages/toolyard/src/server/console-files.ts'
import type { RunningServer, ServerOptions } from '../../packages/toolyard/src/server/start-server.ts'
import { readRegistrySettings } from '../../packages/toolyard/src/settings/settings.ts'
import { openRegistry } from '../../packages/toolyard/src/storage/open-registry.ts'
import { serveRegistry } from '../fixtures/http/serve-registry.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { chromiumPath, openTab, sharedBrowser, type Tab } from './browser.ts'

/** The console as the tests of a file use it. Whatever a test starts ends with the test. */
export interface ConsoleTests {
  /** Starts `toolyard serve` as a process, to kill it or pass flags. */
  readonly programs: Programs
  /** Serves like `toolyard serve`, in memory and in the test process, so that it starts at once. */
  serve(options?: Partial<ServerOptions>): Promise<Pick<Serving, 'url' | 'base'>>
  openTab(options?: BrowserContextOptions): Promise<Tab>
}

/** Describes tests of the console in a browser. Skipped if no browser is installed. */
export function describeConsole(name: string, define: (tests: ConsoleTests) => void): void {
  describe.skipIf(chromiumPath === undefined)(name, () => {
    // A browser and its pages start slowly on a busy machine.
    vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })
    let browser: Browser
    let programs: Programs
    const servers: RunningServer[] = []
    /** Errors that a server would log. */
    const faults: unknown[] = []
    beforeAll(async () => {
      programs = await startPrograms()
      browser = await sharedBrowser()
    })
    afterEach(async () => {
      await programs.kill()
      await Promise.all(servers.splice(0).map((server) => server.close({ graceMs: 0 })))
      expect(faults.splice(0)).toEqual([])
    })
    afterAll(async () => {
      await programs[Symbol.asyncDispose]()
    })
    define({
      get programs() {
        return programs
      },
      async serve(options = {}) {
        const onError = (error: unknown) => void faults.push(error)
        const { signal } = new AbortController()
        const oauth = oauthOptionsOf({ publicUrl: options.publicUrl, oauthRedirects: [] })
        const settings = readRegistrySettings({ databaseUrl: 'sqlite::memory:' }, {})
        const registry = await openRegistry(settings, { env: {}, signal, oauth, onError, onWaiting: () => undefined })
        const console = readConsoleFiles(consoleFolder)
        const server = await serveRegistry(registry, { console, onError, ...options })
        servers.push(server)
        return { url: server.url, base: new URL(server.url).origin }
      },
      openTab: (options) => openTab(browser, options),
    })
  })
}
