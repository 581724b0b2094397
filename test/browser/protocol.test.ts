import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

async function choose(page: Page, protocol: string): Promise<void> {
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByText('Advanced', { exact: true }).click()
  await page.getByRole('combobox', { name: 'Protocol' }).click()
  await page.getByRole('option', { name: protocol }).click()
  await page.getByRole('button', { name: 'Save' }).click()
}

describeConsole('the protocol of a server, in the console', ({ serve, openTab }) => {
  it('is shown as agreed upon, and another one is tried as soon as it is saved', async () => {
    await using server = await startFeatureServer('MODERN')
    const serving = await serve()
    const id = await register(serving, 'modern', server)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.getByText('MCP 2026-07-28 (without sessions)', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Configuration' }).click()
    await page.getByText('Latest revision that both support: MCP 2026-07-28 (without sessions)').waitFor()

    await choose(page, 'Revisions with sessions')
    await page.locator('[data-failure]').waitFor()
    await page.getByRole('tab', { name: 'Configuration' }).click()
    await page.getByText('Revisions with sessions, up to 2025-11-25').waitFor()

    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    await page.getByText('Advanced', { exact: true }).click()
    const protocol = page.getByRole('combobox', { name: 'Protocol' })
    await expect.poll(() => protocol.inputValue()).toBe('Revisions with sessions, up to 2025-11-25')
    await page.getByRole('link', { name: 'Cancel' }).click()
    await choose(page, 'Latest revision')
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()
    await page.getByText('MCP 2026-07-28 (without sessions)', { exact: true }).waitFor()
    expect(tab.faults).toEqual([])
  })

  it('is that of an older server, if it knows no other', async () => {
    await using server = await startFeatureServer('LEGACY')
    const serving = await serve()
    const id = await register(serving, 'legacy', server)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.getByText('MCP 2025-11-25 (with sessions)', { exact: true }).waitFor()
    expect(tab.faults).toEqual([])
  })
})
