import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

describeConsole('the result of a run', ({ serve, openTab }) => {
  it('is a table, a tree to search, or text, and can be copied and downloaded', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'results', fixture)
    await using tab = await openTab({ permissions: ['clipboard-read', 'clipboard-write'], reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').click()
    const rows = [
      { city: 'Bern', people: 134_000 },
      { city: 'Graz', people: 292_000 },
    ]
    await page.getByRole('textbox', { name: 'message' }).fill(JSON.stringify({ rows }))
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const result = page.locator('[data-result=SUCCESS]')
    await result.getByRole('columnheader', { name: 'people' }).waitFor()
    await result.getByRole('cell', { name: 'Graz' }).waitFor()
    expect(await findingsOf(page)).toEqual([])

    await result.getByText('Tree', { exact: true }).click()
    await result.getByRole('textbox', { name: /^Search in/ }).fill('graz')
    await result.getByText('rows › 1 › city').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await result.getByRole('button', { name: 'Copy Result' }).click()
    await result.getByText('Copied').waitFor()
    expect(JSON.parse(String(await page.evaluate('navigator.clipboard.readText()')))).toEqual({ rows })
    const downloading = page.waitForEvent('download')
    await result.getByRole('button', { name: 'Download Result' }).click()
    expect((await downloading).suggestedFilename()).toBe('result.json')
    // One control has all views, the text as it came among them.
    const views = result.getByRole('radiogroup')
    expect(await views.count()).toBe(1)
    expect(await views.getByRole('radio').count()).toBe(4)
    await views.getByText('Text', { exact: true }).click()
    await result.getByText(JSON.stringify({ rows })).waitFor()

    await page.getByText('As code').click()
    await page.getByText('curl', { exact: true }).click()
    await page.getByRole('group', { name: 'As curl' }).getByText(`curl ${serving.base}/graphql`).waitFor()
    expect(await findingsOf(page)).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('says where the links of Markdown lead, and has tables with borders', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'results', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').click()
    await page.getByText('JSON', { exact: true }).click()
    const message = '# Found\n\n[example.com](https://elsewhere.test/x)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n'
    await page.getByLabel('Args').last().fill(JSON.stringify({ message }))
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const markdown = page.locator('[data-result=SUCCESS] .markdown')
    await markdown.getByText('(elsewhere.test)').waitFor()
    const border = await markdown
      .locator('td')
      .first()
      .evaluate((cell) => getComputedStyle(cell).borderTopWidth)
    expect(border).toBe('1px')
    expect(tab.faults).toEqual([])
  })
})
