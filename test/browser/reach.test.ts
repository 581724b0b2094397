import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { behaviourTool, behaviourTools, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'
import { goTo } from './go-to.ts'

const width = (page: Page) => page.evaluate('document.documentElement.scrollWidth')

describeConsole('accessibility of the console', ({ serve, openTab }) => {
  it('works with the keyboard alone', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'keys', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(serving.base)
    await page.locator('[data-server=keys]').waitFor()
    const focusOn = async (name: RegExp) => {
      for (let step = 0; step < 60; step++) {
        await page.keyboard.press('Tab')
        const label = String(
          await page.evaluate(
            `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent).trim()`,
          ),
        )
        if (name.test(label)) return
      }
      throw new Error(`the keyboard does not lead to ${name}`)
    }
    await focusOn(/^Skip to content$/)
    await focusOn(/^keys$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'keys' }).waitFor()
    await page.locator('.tool-row').waitFor()
    await focusOn(/^echo/)
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'message' }).waitFor()
    await focusOn(/^message/)
    await page.keyboard.type('typed with keys')
    await page.keyboard.press('Control+Enter')
    await page.locator('[data-run=SUCCEEDED]').getByText('typed with keys').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('has no axe violations, in the light and dark themes', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('add'), behaviourTool('log')] })
    const serving = await serve()
    const id = await register(serving, 'seen', fixture, { toolChangePolicy: 'QUARANTINE' })
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    const findings: string[] = []
    const views = [
      ['/', '[data-server=seen]'],
      [`/servers/${id}`, '.tool-row'],
      ['/servers/new', 'form'],
      ['/tools', '.tool-row'],
      ['/approvals', '.pointer, [aria-label^="Change of"]'],
      ['/import', 'form'],
      ['/export', 'form, .panel, pre, textarea'],
      ['/audit', 'h1'],
      [`/servers/${id}/edit`, 'form'],
      [`/servers/${id}/configuration`, '.properties'],
      [`/servers/${id}/runs`, 'text=No runs'],
      ['/nowhere', 'h1'],
      ['/runs', 'text=No runs'],
    ] as const
    await page.goto(serving.base)
    for (const [path, shown] of views) {
      await goTo(page, path)
      await page.locator(shown).first().waitFor()
      findings.push(...(await findingsOf(page)))
    }
    await goTo(page, '/approvals')
    await page.getByRole('button', { name: 'Approve add', exact: true }).click()
    await page.getByRole('button', { name: 'Do it now' }).click()
    await page.getByRole('region', { name: 'Change of add of' }).waitFor({ state: 'detached' })
    await page.goto(`${serving.base}/tools?q=adds numbers`)
    await page.locator('[data-total="1"] .tool-row').click()
    await page.getByRole('textbox', { name: 'a' }).waitFor()
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('Required').first().waitFor()
    findings.push(...(await findingsOf(page)))
    await page.getByRole('textbox', { name: 'a' }).fill('1')
    await page.getByRole('textbox', { name: 'b' }).fill('1')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('[data-run=SUCCEEDED]').waitFor()
    findings.push(...(await findingsOf(page)))
    expect(findings).toEqual([])
  })

  it('fits in 360 pixels', async () => {
    await using fixture = await startFixture({
      tools: [...behaviourTools, { name: `long_${'n'.repeat(100)}`, inputSchema: { type: 'object' } }],
    })
    const serving = await serve()
    const id = await register(serving, 'a-server-with-quite-a-long-name-that-goes-on-and-on', fixture)
    await using tab = await openTab({ viewport: { width: 360, height: 740 } })
    const { page } = tab
    const paths = [
      '/',
      `/servers/${id}`,
      '/servers/new',
      `/servers/${id}/edit`,
      '/tools',
      '/runs',
      '/approvals',
      '/import',
    ]
    for (const path of paths) {
      await page.goto(`${serving.base}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(`${path} ${await width(page)}`).toBe(`${path} 360`)
    }
    // A long name of a server leaves room for those of its tools.
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').first().waitFor()
    const widths = await page
      .locator('.tool-row .main-name')
      .evaluateAll((names) => names.map((name) => name.getBoundingClientRect().width))
    expect(Math.min(...widths)).toBeGreaterThanOrEqual(100)
    // The chosen tab is in sight, though the tabs together are wider than the page.
    await page.goto(`${serving.base}/servers/${id}/configuration`)
    const chosen = await page.getByRole('tab', { name: 'Configuration' }).boundingBox()
    expect((chosen?.x ?? 0) + (chosen?.width ?? 0)).toBeLessThanOrEqual(360)
    expect(await width(page)).toBe(360)
    await page.goto(`${serving.base}/tools`)
    await page.getByRole('button', { name: 'Open navigation' }).click()
    await page.getByRole('link', { name: 'Tools' }).click()
    await page.locator('.tool-row').filter({ hasText: 'long_' }).click()
    await page.getByRole('button', { name: 'Run' }).waitFor()
    expect(await width(page)).toBe(360)
  })
})
