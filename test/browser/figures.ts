// npm run bench:console: measures the console's cost in the system's Chromium. Prints only, asserts nothing.
import type { Browser } from 'playwright-core'
import { behaviourTool, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'
import { type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { launchBrowser, openTab } from './browser.ts'
import { ask, register } from './console-api.ts'
import { compressedBytes, firstScripts } from './first-load.ts'

const rounds = 15
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
const scripts = firstScripts()
console.log(
  `JavaScript at first load: ${compressedBytes(scripts, '.gz')} bytes in gzip, ${compressedBytes(scripts, '.br')} in brotli (goal 250000)`,
)
console.log(`first view: ${spread(await firstViews(browser, serving))} (goal 1000 ms)`)
console.log(`10,000 tools: ${await scrolling(browser, serving)} (goal 50)`)
for (const [words, pageDelayMs] of [
  ['that ends at once', 0],
  ['of 0.3 s', 300],
] as const) {
  const times = await eventsToScreen(browser, serving, pageDelayMs)
  console.log(`the end of a refresh ${words} on the screen: ${spread(times)} (goal 100 ms)`)
}
await browser.close()
