import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const runEcho = `mutation { runMcpTool(input: {
  tool: { qualified: { server: "songs", tool: "echo" } }, args: { message: "la" }
}) { __typename } }`

describeConsole('reading in the console', ({ serve, openTab }) => {
  it('the address keeps the filters of the runs', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    const id = await register(serving, 'songs', fixture)
    await ask(serving, runEcho)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/runs`)
    await page.locator('.run-row').waitFor()
    await page.getByRole('combobox', { name: 'Status' }).click()
    await page.getByRole('option', { name: 'Failed' }).click()
    await page.getByText('No runs').waitFor()
    await page.getByRole('option', { name: 'Succeeded' }).click()
    await page.locator('.run-row').waitFor()
    await page.getByRole('combobox', { name: 'Server' }).click()
    await page.getByRole('option', { name: 'songs' }).click()
    await page.getByRole('combobox', { name: 'Time' }).click()
    await page.getByRole('option', { name: 'Last hour' }).click()
    const query = new URLSearchParams(new URL(page.url()).search)
    expect(query.get('status')?.split(',').sort()).toEqual(['FAILED', 'SUCCEEDED'])
    expect([query.get('server'), query.get('within')]).toEqual([id, 'hour'])

    await page.reload()
    await page.locator('.run-row').waitFor()
    expect(await page.getByRole('combobox', { name: 'Time' }).inputValue()).toBe('Last hour')
    expect(await page.getByRole('combobox', { name: 'Server' }).inputValue()).toBe('songs')
    // The back button restores them, too.
    await page.locator('.run-row').click()
    await page.locator('[data-run=SUCCEEDED]').waitFor()
    await page.goBack()
    await page.locator('.run-row').waitFor()
    expect(await page.getByRole('combobox', { name: 'Time' }).inputValue()).toBe('Last hour')
    expect(tab.faults).toEqual([])
  })

  it('a list shows the words of a description, without the marks of its Markdown', async () => {
    await using fixture = await startFixture({
      tools: [
        { ...behaviourTool('echo'), description: '# Echo\n\n- Answers **the** `message_of_you`\n- and <b>more</b>' },
      ],
    })
    const serving = await serve()
    await register(serving, 'songs', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    const words = page.locator('.tool-row .tool-words').first()
    await expect.poll(() => words.textContent()).toBe('Echo · Answers the message_of_you · and <b>more</b>')
    expect(tab.faults).toEqual([])
  })

  it('a run below a long form comes into view, and what it had and said can be copied', async () => {
    const fields = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field_${index}`, { type: 'string' }]))
    const description = `Logs **steps**. <b>bold</b> [docs](https://docs.example)\n\n${'It says what it does.\n'.repeat(60)}`
    const log = behaviourTool('log')
    await using fixture = await startFixture({
      tools: [{ ...log, description, inputSchema: { type: 'object', properties: fields } }],
    })
    const serving = await serve()
    await register(serving, 'steps', fixture)
    await using tab = await openTab({
      viewport: { width: 1000, height: 700 },
      permissions: ['clipboard-write', 'clipboard-read'],
    })
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').click()
    await page.locator('.markdown strong').getByText('steps').waitFor()
    // HTML stays text, and a link says where it leads.
    await page.locator('.markdown').getByText('<b>bold</b>').waitFor()
    await page.locator('.markdown').getByText('(docs.example)').waitFor()
    await page.getByRole('button', { name: 'Show all of the description' }).click()
    await page.getByRole('button', { name: 'Show less of the description' }).click()

    await page.evaluate('window.scrollTo(0, 0)')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const run = page.getByRole('region', { name: 'Run', exact: true })
    await run.waitFor()
    const top = await run.evaluate((element) => element.getBoundingClientRect().top)
    expect(top).toBeGreaterThanOrEqual(52)
    expect(top).toBeLessThan(100)

    const clipboard = () => page.evaluate('navigator.clipboard.readText()')
    await page.getByText('JSON', { exact: true }).click()
    await page.getByLabel('Args').last().fill('{ "lines": ["one", "two"] }')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('[data-output]').waitFor()
    await page.getByRole('button', { name: 'Copy output' }).click()
    await expect.poll(clipboard).toBe('info: fixture: one\ninfo: fixture: two')
    await page.getByText('Input schema').click()
    await page.getByRole('button', { name: 'Copy Input schema' }).click()
    await expect.poll(clipboard).toContain('"field_29"')
    await page.goto(`${serving.base}/runs`)
    await page.locator('.run-row').first().click()
    await page.getByRole('button', { name: 'Copy Args' }).click()
    await expect.poll(clipboard).toContain('"one"')
    expect(tab.faults).toEqual([])
  })
})
