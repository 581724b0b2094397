import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { refreshAndWait, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

describeConsole('the history of refreshes in the console', ({ serve, openTab }) => {
  it('lists each refresh with what it changed, live, and opens it to its differences', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo'), behaviourTool('add')] })
    const serving = await serve()
    const id = await register(serving, 'watched', fixture)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.getByRole('tab', { name: 'Refreshes' }).click()
    expect(new URL(page.url()).pathname).toBe(`/servers/${id}/refreshes`)
    const refreshes = page.getByRole('list', { name: 'Refreshes' }).locator('.refresh')
    await refreshes.filter({ hasText: '2 added' }).waitFor()

    fixture.setTools([{ ...behaviourTool('echo'), description: 'says it again' }, behaviourTool('log')])
    await refreshAndWait(serving, id)
    const second = refreshes.filter({ hasText: '1 added, 1 changed, 1 removed' })
    await second.waitFor()
    expect(await refreshes.count()).toBe(2)
    expect(await refreshes.first().textContent()).toContain('1 changed')

    await second.getByRole('button', { expanded: false }).click()
    const opened = second.getByRole('region', { name: /^Refresh of / })
    await opened.getByRole('group', { name: 'Changed: 1' }).getByText('says it again').waitFor()
    await opened.getByRole('group', { name: 'Removed: 1' }).getByText('add').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await second.getByRole('button', { expanded: true }).click()
    await opened.waitFor({ state: 'detached' })
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(tab.faults).toEqual([])
  })

  it('says of a failed refresh what to do, and goes back to older ones', async () => {
    const fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    const id = await register(serving, 'broken', fixture)
    for (let count = 0; count < 25; count += 1) await refreshAndWait(serving, id)
    await fixture.close()
    await refreshAndWait(serving, id)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/refreshes`)
    const failed = page.locator('.refresh').filter({ hasText: 'Failed' })
    await failed.getByRole('button', { expanded: false }).click()
    await failed.getByText('Start the server, or correct the URL.').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Older refreshes' }).click()
    await page.locator('[data-refreshes="2"] .refresh').filter({ hasText: '1 added' }).waitFor()
    expect(await page.locator('.refresh').count()).toBe(27)
    expect(tab.faults).toEqual([])
  })
})
