import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findingsOf } from './axe.ts'
import { describeConsole } from './describe-console.ts'
import { goTo } from './go-to.ts'

const folder = fileURLToPath(new URL('../../docs/', import.meta.url))
const names = globSync('*.md', { cwd: folder }).map((file) => file.replace(/\.md$/, ''))

describeConsole('the documentation in the console', ({ serve, openTab }) => {
  it('is that of the version, without a network: links lead to pages and headings', async () => {
    const { base } = await serve()
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(base)) foreign.push(request.url())
    })
    await page.goto(base)
    await page.getByRole('link', { name: 'Docs', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Documentation' }).waitFor()
    await page.locator('.docs').getByRole('link', { name: 'The console' }).click()
    await page.getByRole('heading', { level: 1, name: 'The console' }).waitFor()
    expect(await findingsOf(page)).toEqual([])
    await page.locator('.docs').getByRole('link', { name: 'server of a run asks for input' }).click()
    await page.waitForURL('**/docs/pauses#input')
    const heading = page.locator('#input')
    await expect.poll(async () => (await heading.boundingBox())?.y ?? -1).toBeLessThan(200)
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'The console' }).waitFor()
    await page.goto(`${base}/docs/none-of-them`)
    await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor()
    expect(foreign).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('has every page, which fits in 360 pixels, and no link that leads nowhere', async () => {
    const { base } = await serve()
    await using tab = await openTab({ viewport: { width: 360, height: 740 } })
    const { page } = tab
    await page.goto(`${base}/docs`)
    await page.locator('.docs').waitFor()
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) {
      await goTo(page, `/docs/${name}`)
      await page.locator('.docs :is(h2, table)').first().waitFor()
      const found = await page.evaluate(`[
        document.documentElement.scrollWidth,
        [...document.querySelectorAll('.docs a')].map((link) => link.getAttribute('href')).filter((href) => href.startsWith('/docs/')),
      ]`)
      // As the script says.
      const [width, links] = found as readonly [number, readonly string[]]
      expect([name, width]).toEqual([name, 360])
      const lost = links.filter((href) => !names.includes(href.replace(/^\/docs\/|#.*$/g, '')))
      expect([name, lost]).toEqual([name, []])
    }
    expect(tab.faults).toEqual([])
  })
})
