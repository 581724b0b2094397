import { expect, it } from 'vitest'
import { behaviourTool, behaviourTools, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'
import { refreshAndWait, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

describeConsole('a user of the console', (tests) => {
  const { serve, openTab } = tests

  it('imports the servers of a ~/.claude.json that is larger than a request may be', async () => {
    const { base } = await serve()
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${base}/import`)
    const histories = Array.from({ length: 1_400 }, () => 'x'.repeat(1_000))
    const large = (rest: string) => `{ "projects": ${JSON.stringify(histories)}, "mcpServers": ${rest} }`
    await page.getByLabel('Configuration').fill(large('{ "one": broken'))
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText(/line 1, column \d+/).waitFor()
    await page.getByLabel('Configuration').fill(large('{ "of the large file": { "command": "none" } }'))
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('listitem').filter({ hasText: 'of the large file' }).getByText('Will be added').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('gets from an empty registry to a run: import, refresh, search, form, history', async () => {
    await using fixture = await startFixture({ pageSize: 5 })
    const { base } = await tests.programs.serve(['--only-persisted'])
    await using tab = await openTab()
    const { page } = tab
    await page.goto(base)
    await page.getByText('No servers yet').waitFor()

    await page.getByRole('link', { name: 'Import a configuration' }).click()
    const configuration = {
      mcpServers: { first: { url: fixture.url, headers: { 'X-Token': '$' + '{MY_TOKEN}' } }, broken: {} },
    }
    await page.getByLabel('Configuration').fill(JSON.stringify(configuration))
    await page.getByRole('button', { name: 'Preview' }).click()
    const report = page.getByRole('listitem')
    await report.filter({ hasText: 'first' }).getByText('Will be added').waitFor()
    await report.filter({ hasText: 'broken' }).getByText('Failed').waitFor()
    expect(fixture.calls).toEqual([])
    await page.getByLabel('MY_TOKEN').first().fill('a-token')
    await page.getByRole('button', { name: 'Import 1 server' }).click()
    await report.filter({ hasText: 'first' }).getByText('Added').waitFor()

    await page.getByRole('link', { name: 'first' }).click()
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()
    await page.getByText(`${behaviourTools.length} added`).waitFor()
    expect(fixture.calls.at(-1)?.headers['x-token']).toBe('a-token')

    await page.getByRole('link', { name: 'Tools', exact: false }).first().click()
    await page.getByRole('searchbox', { name: 'Search tools' }).fill('adds numbers')
    await page.locator('[data-total="1"]').waitFor()
    await page.locator('.tool-row').click()

    // The form moves the button down when it loads.
    await page.getByRole('textbox', { name: 'a' }).waitFor()
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('Required').first().waitFor()
    await page.getByRole('textbox', { name: 'a' }).fill('20')
    await page.getByRole('textbox', { name: 'b' }).fill('22')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('[data-run=SUCCEEDED]').getByText('"sum": 42').waitFor()

    await page.getByRole('link', { name: 'Runs' }).click()
    await page.locator('.run-row').filter({ hasText: 'add' }).click()
    await page.getByRole('group', { name: 'Args' }).getByText('"a": 20').waitFor()
    const first = new URL(page.url()).pathname
    await page.getByRole('link', { name: 'Run again' }).click()
    await expect.poll(() => page.getByRole('textbox', { name: 'b' }).inputValue()).toBe('22')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('[data-run=SUCCEEDED]').waitFor()
    await page.getByRole('link', { name: 'Runs' }).click()
    await page.locator('.run-row').first().click()
    await page.getByText('repeats', { exact: false }).getByRole('link').click()
    await page.waitForURL(`**${first}`)
    expect(tab.faults).toEqual([])
  })

  it('adds, edits and deletes a server, and sees each error at its field', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const { base } = await serve()
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${base}/servers/new`)
    await page.getByLabel('Name', { exact: false }).first().fill('typed')
    await page.getByText('HTTP', { exact: true }).click()
    await page.getByLabel('URL').fill('nothing of the kind')
    await page.getByRole('button', { name: 'Add server' }).click()
    await page.locator('.mantine-TextInput-error').waitFor()
    expect(await page.getByLabel('Name', { exact: false }).first().inputValue()).toBe('typed')
    await page.getByLabel('URL').fill(fixture.url)
    await page.getByText('Header', { exact: true }).click()
    await page.getByLabel('Token', { exact: true }).fill('a-secret-token-of-some-length')
    await page.getByRole('button', { name: 'Add server' }).click()
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()

    await page.getByRole('link', { name: 'Edit' }).click()
    await expect.poll(() => page.getByLabel('Token', { exact: true }).inputValue()).toBe('')
    await page.getByText('Advanced').click()
    await page.getByLabel('Connect limit').fill('0')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('timeouts.connectMs: expected a whole number').waitFor()
    await page.getByLabel('Connect limit').fill('1.5')
    await page.getByLabel('Request limit').fill('')
    await page.getByLabel('Name', { exact: false }).first().fill('renamed')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'renamed' }).waitFor()
    await page.getByRole('tab', { name: 'Configuration' }).click()
    await page.getByText('connect 1.5 s, request 1 min, total 10 min').waitFor()
    await refreshAndWait({ url: `${base}/graphql` }, new URL(page.url()).pathname.split('/')[2] ?? '')
    expect(fixture.calls.at(-1)?.headers.authorization).toBe('Bearer a-secret-token-of-some-length')

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No servers yet').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('fills in template variables, which are stored nowhere', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('headers')] })
    const serving = await serve()
    const customHeaders = [
      { name: 'x-token', value: { literal: '{{ TOKEN }}' } },
      { name: 'x-region', value: { literal: '{{ REGION | eu }}' } },
    ]
    await register(serving, 'templated', fixture, {
      config: { streamableHttp: { serverUrl: fixture.url, customHeaders } },
    })
    await using tab = await openTab()
    const { page } = tab
    await page.goto(serving.base)
    await page.getByRole('button', { name: 'Refresh templated' }).click()
    await page.getByText('This server requires a value').waitFor()
    const token = page.getByLabel('TOKEN')
    await expect.poll(() => page.evaluate('document.activeElement?.labels?.[0]?.textContent')).toContain('TOKEN')
    await token.fill('typed-once')
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()

    await page.locator('.tool-row').click()
    await token.fill('')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('This server requires a value').waitFor()
    await token.fill('typed-again')
    await page.getByText('Agent id').click()
    await page.getByRole('textbox', { name: 'Agent id' }).fill('agent-7')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('[data-run=SUCCEEDED]').waitFor()
    expect(fixture.calls.at(-1)?.headers).toMatchObject({
      'x-token': 'typed-again',
      'x-region': 'eu',
      'x-agent-id': 'agent-7',
    })
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain('typed-')
    expect(tab.faults).toEqual([])
  })

  it('watches a run, cancels it, and sees each kind of content', async () => {
    await using fixture = await startFixture({ stream: true })
    const serving = await serve()
    await register(serving, 'behaviours', fixture)
    await using tab = await openTab()
    const { page } = tab
    const open = async (tool: string) => {
      await page.goto(`${serving.base}/tools?q=${tool}`)
      await page.locator('.tool-row').filter({ hasText: tool }).first().click()
      await page.getByRole('heading', { name: tool }).waitFor()
    }
    await open('hang')
    await page.getByRole('button', { name: 'Run' }).click()
    await fixture.received('tools/call')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('[data-run=CANCELED]').waitFor()

    await open('progress')
    await page.getByText('JSON', { exact: true }).click()
    await page.getByLabel('Args').last().fill('{ "steps": 2, "delayMs": 0')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('Not valid JSON').waitFor()
    await page.getByLabel('Args').last().fill('{ "steps": 20, "delayMs": 60 }')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText(/Step \d+ of 20/).waitFor()
    await page.locator('[data-run=SUCCEEDED]').getByText('Did 20 steps').waitFor()

    await open('every_content')
    await page.getByRole('button', { name: 'Run' }).click()
    const result = page.locator('[data-result=SUCCESS]')
    await result.getByRole('img').waitFor()
    await result.locator('audio').waitFor()
    await result.getByText('A linked resource').waitFor()
    await result.getByText('hologram').first().waitFor()
    expect(tab.faults).toEqual([])
  })

  it('sees pending changes field by field, and approves them', async () => {
    const echo = behaviourTool('echo')
    await using fixture = await startFixture({ tools: [echo] })
    const serving = await serve()
    const id = await register(serving, 'watched', fixture, { toolChangePolicy: 'QUARANTINE' })
    await using tab = await openTab()
    const { page } = tab
    await page.goto(serving.base)
    await page.getByText('1 tool change pending approval').click()
    await page.getByRole('button', { name: 'Approve echo' }).click()
    await page.getByRole('button', { name: 'Do it now' }).click()
    await page.getByText('No pending approvals').waitFor()

    fixture.setTools([{ ...echo, description: 'Answers something else' }])
    await refreshAndWait(serving, id)
    const change = page.getByRole('region', { name: 'Change of echo' })
    await change.getByText('/description').waitFor()
    await change.getByText('Answers the message').first().waitFor()
    await change.getByText('Answers something else').first().waitFor()
    await change.getByText('Before', { exact: true }).waitFor()
    await expect.poll(() => change.locator('ins').allTextContents()).toEqual(['something', 'else'])
    await page.getByRole('button', { name: 'Approve echo' }).click()
    await page.getByRole('button', { name: 'Do it now' }).click()
    await page.getByText('No pending approvals').waitFor()

    const many = thousandTools(60)
    fixture.setTools([echo, ...many])
    await refreshAndWait(serving, id)
    await page.getByRole('button', { name: 'Show more (11 left)' }).click()
    await expect.poll(() => page.getByRole('region', { name: /^Change of/ }).count()).toBe(61)
    await page.getByRole('button', { name: 'Approve all of watched' }).click()
    const question = page.getByRole('dialog')
    await question.getByRole('button', { name: 'Approve 61 changes' }).waitFor()
    // Changes a tool while the dialog is open: its approval then no longer matches.
    fixture.setTools([{ ...echo, description: 'Answers in another way' }, ...many])
    await refreshAndWait(serving, id)
    await question.getByRole('button', { name: 'Approve 61 changes' }).click()
    await question.getByText('60 approved; 1 change failed').waitFor()
    await question.getByRole('button', { name: 'Close' }).last().click()
    await expect.poll(() => page.getByRole('region', { name: /^Change of/ }).count()).toBe(1)
    await change.getByRole('alert').waitFor()
    expect(tab.faults).toEqual([])
  })
})
