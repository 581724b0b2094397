// npm run bench:console: measures the console's cost in the system's Chromium. Prints only, asserts nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { behaviourTool, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'
import { type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { launchBrowser, openTab } from './browser.ts'
import { ask, register } from './console-api.ts'
import { compressedBytes, firstScripts } from './first-load.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const rounds = 15
const startRounds = 7
const scrolledMs = 4_000

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number) => `${sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(0)} ms`
  return `median ${at(0.5)}, p90 ${at(0.9)}, worst ${at(1)} of ${sorted.length}`
}

const noteFirstView = `
  globalThis.firstView = new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-server]')) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.now()))
    }).observe(document, { childList: true, subtree: true })
  })`

/** Time from the start of the navigation to the frame that shows the servers, with an empty cache. */
async function firstViews(browser: Browser, { base }: Serving): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await using tab = await openTab(browser)
    await tab.page.addInitScript(noteFirstView)
    await tab.page.goto(base)
    times.push(Number(await tab.page.evaluate('firstView')))
  }
  return times
}

/** Time from `npm start`, in a built tree, to the page that asks for the first server, in a browser that is open. */
async function starts(browser: Browser): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 0; round < startRounds; round++) {
    await using tab = await openTab(browser)
    const began = performance.now()
    const child = spawn('npm', ['start', '--', '--port', '0', '--database-url', 'sqlite::memory:'], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    try {
      await tab.page.goto(await addressOf(child.stderr))
      await tab.page.getByRole('link', { name: 'Add a server' }).waitFor()
      times.push(performance.now() - began)
    } finally {
      const closed = once(child, 'close')
      // The group: npm starts it by a shell.
      if (child.pid !== undefined) process.kill(-child.pid)
      await closed
    }
  }
  return times
}

async function addressOf(stderr: AsyncIterable<Buffer>): Promise<string> {
  let said = ''
  for await (const piece of stderr) {
    said += piece
    const [, base] = /^toolyard listening on (http:\/\/[^/\s]+)/m.exec(said) ?? []
    if (base !== undefined) return base
  }
  throw new Error(`npm start ended: ${said}`)
}

const noteResult = (word: string) => `
  globalThis.resultAt = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (document.querySelector('.tool-row .main-name')?.textContent !== '${word}') return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.now()))
    })
    observer.observe(document, { childList: true, subtree: true, attributes: true })
  })
  globalThis.typedAt = new Promise((resolve) => {
    addEventListener('input', () => resolve(performance.now()), { capture: true, once: true })
  })
  // Else it would be waited for now.
  undefined`

/** Time from the last letter typed into the search of 10,000 tools to the frame with the results. */
async function searches(browser: Browser, { base }: Serving): Promise<readonly number[]> {
  await using tab = await openTab(browser)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await tab.page.goto(`${base}/tools`)
    await tab.page.locator('[data-total="10000"] .tool-row').first().waitFor()
    const search = tab.page.getByRole('searchbox', { name: 'Search tools' })
    const word = `tool_00${1_000 + round}`
    await tab.page.evaluate(noteResult(word))
    // As pasted: each letter of a typed word would begin another search.
    await search.focus()
    await tab.page.keyboard.insertText(word)
    times.push(Number(await tab.page.evaluate('Promise.all([resultAt, typedAt]).then(([to, from]) => to - from)')))
  }
  return times
}

const scroll = `new Promise((resolve) => {
  const gaps = []
  const began = performance.now()
  let last = began
  const step = (now) => {
    gaps.push(now - last)
    last = now
    window.scrollBy(0, 90)
    if (now - began < ${scrolledMs}) requestAnimationFrame(step)
    else resolve([gaps.length / ((last - began) / 1000), gaps.filter((gap) => gap > 34).length, document.documentElement.scrollTop])
  }
  requestAnimationFrame(step)
})`

async function scrolling(browser: Browser, { base }: Serving): Promise<string> {
  await using tab = await openTab(browser)
  await tab.page.goto(`${base}/tools`)
  await tab.page.locator('[data-total="10000"]').waitFor()
  await tab.page.locator('.tool-row').first().waitFor()
  // As the script says.
  const [perSecond, late, pixels] = (await tab.page.evaluate(scroll)) as readonly [number, number, number]
  return `${perSecond.toFixed(1)} frames/s over ${pixels} pixels, ${late} frames late`
}

const noteEnds = `
  globalThis.ends = {}
  new MutationObserver(() => {
    const shown = document.querySelector('[data-refresh=SUCCEEDED]')
    const id = shown?.getAttribute('data-refresh-id')
    if (id && !(id in ends)) {
      ends[id] = Infinity
      requestAnimationFrame(() => { ends[id] = Date.now() })
    }
  }).observe(document, { childList: true, subtree: true, attributes: true })`

/** Time from the end of each refresh to the frame that shows it. Slow ones let the page follow them first. */
async function eventsToScreen(browser: Browser, serving: Serving, pageDelayMs: number): Promise<readonly number[]> {
  await using fixture = await startFixture({ tools: [behaviourTool('echo')], pageDelayMs })
  const id = await register(serving, `changing-${pageDelayMs}`, fixture)
  await using tab = await openTab(browser)
  const { page } = tab
  await page.addInitScript(noteEnds)
  await page.goto(`${serving.base}/servers/${id}`)
  await page.locator('[data-refresh=SUCCEEDED]').waitFor()
  for (let round = 0; round < rounds; round++) {
    const before = await page.locator('[data-refresh]').getAttribute('data-refresh-id')
    fixture.setTools([behaviourTool(round % 2 === 0 ? 'add' : 'echo')])
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.locator(`[data-refresh=SUCCEEDED]:not([data-refresh-id=${before}])`).waitFor()
  }
  // As the script says.
  const [, ...ends] = Object.entries((await page.evaluate('ends')) as Readonly<Record<string, number>>)
  const times: number[] = []
  for (const [refreshId, shownAt] of ends) {
    const { mcpServerRefresh } = (await ask(serving, 'query ($id: ID!) { mcpServerRefresh(id: $id) { finishedAt } }', {
      id: refreshId,
    })) as { readonly mcpServerRefresh: { readonly finishedAt: string } }
    times.push(shownAt - Date.parse(mcpServerRefresh.finishedAt))
  }
  return times
}

await using programs = await startPrograms()
await using fixture = await startFixture({ tools: thousandTools(10_000, 300), pageSize: 1_000 })
const serving = await programs.serve()
await register(serving, 'many', fixture)
const browser = await launchBrowser()
console.log(
  `load of the machine: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')}`,
)
const scripts = firstScripts()
console.log(`npm start to the console: ${spread(await starts(browser))} (goal 1500 ms)`)
console.log(
  `JavaScript at first load: ${compressedBytes(scripts, '.gz')} bytes in gzip, ${compressedBytes(scripts, '.br')} in brotli (goal 180000)`,
)
console.log(`first view: ${spread(await firstViews(browser, serving))} (goal 500 ms)`)
console.log(`10,000 tools: ${await scrolling(browser, serving)} (goal 60)`)
console.log(
  `typing in the search of 10,000 tools to the results: ${spread(await searches(browser, serving))} (goal 50 ms)`,
)
for (const [words, pageDelayMs] of [
  ['that ends at once', 0],
  ['of 0.3 s', 300],
] as const) {
  const times = await eventsToScreen(browser, serving, pageDelayMs)
  console.log(`the end of a refresh ${words} on the screen: ${spread(times)} (goal 100 ms)`)
}
await browser.close()
