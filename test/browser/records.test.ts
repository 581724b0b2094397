import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

describeConsole('audit and export in the console', ({ serve, openTab }) => {
  it('shows who changed what, live and filtered by the URL', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'first', fixture)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(serving.base)
    await page.getByRole('link', { name: 'Audit' }).click()
    const events = page.getByRole('list', { name: 'Events' }).getByRole('listitem')
    await events.filter({ hasText: 'Server created' }).getByRole('link', { name: 'first' }).waitFor()
    await register(serving, 'another', fixture)
    await events.filter({ hasText: 'another' }).waitFor()
    await page.getByRole('combobox', { name: 'Action' }).click()
    await page.getByRole('option', { name: 'Server deleted' }).click()
    await page.getByText('No events').waitFor()
    expect(new URL(page.url()).search).toBe('?action=SERVER_DELETED')
    await page.goto(`${serving.base}/audit?action=SERVER_CREATED`)
    await expect.poll(() => events.count()).toBe(2)
    expect(await findingsOf(page)).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('writes servers in the format of a client, to be saved', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'first', fixture)
    await register(serving, 'second', fixture)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/export`)
    const file = page.getByRole('group', { name: 'Configuration' })
    await file.getByText('"second"').waitFor()
    await page.getByRole('combobox', { name: 'Servers' }).click()
    await page.getByRole('option', { name: 'first' }).click()
    await page.keyboard.press('Escape')
    await expect.poll(() => file.textContent()).not.toContain('second')
    await page.getByRole('combobox', { name: 'Format' }).click()
    await page.getByRole('option', { name: 'Codex format' }).click()
    await file.getByText('[mcp_servers.first]').waitFor()
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const saved = await saving
    expect(saved.suggestedFilename()).toBe('mcp.toml')
    expect(await readFile(await saved.path(), 'utf8')).toContain(fixture.url)
    expect(await findingsOf(page)).toEqual([])
    expect(tab.faults).toEqual([])
  })
})
