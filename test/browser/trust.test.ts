import { join } from 'node:path'
import type { Scope } from '@toolyard/graphql'
import { expect, it } from 'vitest'
import { behaviourTool, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { ask, refreshAndWait, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const quarantine = `mutation ($id: ID!) {
  updateMcpServer(input: { id: $id, toolChangePolicy: QUARANTINE }) { __typename ... on UserError { message } }
}`

describeConsole('the console and untrusted input', (tests) => {
  const { serve, openTab } = tests

  it('shows hostile names, descriptions and results as text', async () => {
    const markup = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>'
    const schema = {
      type: 'object',
      title: markup,
      properties: { field: { type: 'string', title: markup, description: `[x](javascript:alert(1)) ${markup}` } },
    }
    const hostile = {
      name: 'evil',
      title: `\u202Eedis rehto eht\u202C ${markup}`,
      description: `${markup} ${'long '.repeat(50_000)}`,
      inputSchema: schema,
    }
    await using fixture = await startFixture({
      tools: [hostile, behaviourTool('echo'), behaviourTool('big')],
      stream: true,
    })
    const serving = await serve()
    await register(serving, 'hostile', fixture, { description: markup })
    await using tab = await openTab()
    const { page } = tab
    await page.goto(serving.base)
    await page.locator('[data-server=hostile]').getByText('<img src=x').waitFor()
    await page.getByRole('link', { name: 'Tools' }).click()
    await page.locator('.tool-row').filter({ hasText: 'evil' }).click()
    await page.getByRole('textbox', { name: '<img src=x' }).waitFor()
    await page.getByRole('button', { name: /Show all/ }).click()
    await page.getByText('JSON', { exact: true }).click()
    await page.getByText('Form', { exact: true }).click()
    expect(await page.locator('bdi').first().count()).toBe(1)

    await page.goto(`${serving.base}/tools?q=echo`)
    await page.locator('.tool-row').filter({ hasText: 'echo' }).first().click()
    const markdown = `# A heading\n\n${markup}\n\n[bad](javascript:alert(1)) [good](https://example.com) ![picture](https://example.com/x.png) <style>*{display:none}</style>`
    await page.getByRole('textbox', { name: 'message' }).fill('x')
    await page.getByText('JSON', { exact: true }).click()
    await page
      .getByLabel('Args')
      .last()
      .fill(JSON.stringify({ message: markdown }))
    await page.getByRole('button', { name: 'Run' }).click()
    const result = page.locator('[data-result=SUCCESS]')
    await result.getByRole('heading', { name: 'A heading' }).waitFor()
    await result.locator('.markdown').getByText('<img src=x onerror').waitFor()
    expect(await result.locator('.markdown').locator('img, script, style, [onerror], [style]').count()).toBe(0)
    expect(
      await result.locator('.markdown a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual([null, 'https://example.com'])

    await page.goto(`${serving.base}/tools?q=big`)
    await page.locator('.tool-row').filter({ hasText: 'big' }).first().click()
    await page.getByRole('textbox', { name: 'chars' }).fill('1000000')
    await page.getByRole('button', { name: 'Run' }).click()
    await page
      .locator('[data-result=SUCCESS]')
      .getByRole('button', { name: /Show all/ })
      .click()
    await page.locator('[data-result=SUCCESS]').getByRole('button', { name: 'Show less' }).waitFor()
    expect(await page.title()).not.toContain('taken')
    expect(tab.faults).toEqual([])
  })

  it('reveals hidden text in definitions, and names its characters', async () => {
    const listed = (description: string) => ({ name: 'find', description, inputSchema: { type: 'object' } })
    await using fixture = await startFixture({ tools: [listed('Finds')] })
    const serving = await serve()
    const server = await register(serving, 'a', fixture)
    await ask(serving, quarantine, { id: server })
    fixture.setTools([listed('Finds\u200B\u{E0041}'), { ...listed('\u202Ewen'), name: 'new' }])
    await refreshAndWait(serving, server)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/approvals`)
    const changed = page.getByRole('region', { name: 'Change of find' })
    await changed.getByText('Finds⟨U+200B U+E0041⟩', { exact: true }).waitFor()
    await changed.getByText('Hidden text', { exact: true }).waitFor()
    await changed.getByText('as tags they read "A"').waitFor()
    await page.getByRole('region', { name: 'Change of new' }).getByText('⟨U+202E⟩wen').waitFor()
    await page.goto(`${serving.base}/tools`)
    const row = page.locator('.tool-row').filter({ hasText: '⟨U+202E⟩wen' })
    await row.getByText('Hidden text').waitFor()
    await row.click()
    await page.getByRole('group', { name: 'Hidden text found' }).getByText('/description').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('shows a result as text if the Markdown parser fails on it', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'a', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/tools?q=echo`)
    await page.locator('.tool-row').filter({ hasText: 'echo' }).first().click()
    await page.getByRole('textbox', { name: 'message' }).fill('x')
    await page.getByText('JSON', { exact: true }).click()
    const message = `# A heading\n${'> '.repeat(9_000)}`
    await page.getByLabel('Args').last().fill(JSON.stringify({ message }))
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('[data-result=SUCCESS] .markdown').getByText('# A heading').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('asks before a reload, a link or the back button discards typed input', async () => {
    const { base } = await serve()
    await using tab = await openTab()
    const { page } = tab
    const asked: string[] = []
    let isLeft = false
    page.on('dialog', (dialog) => {
      asked.push(dialog.type())
      void (isLeft ? dialog.accept() : dialog.dismiss())
    })
    await page.goto(`${base}/runs`)
    await page.getByRole('link', { name: 'Servers' }).click()
    await page.getByRole('link', { name: 'Add server' }).click()
    await page.getByLabel('Command').last().fill('npx')
    await page.getByRole('link', { name: 'Runs' }).click()
    expect(asked).toEqual(['confirm'])
    await page.evaluate('void setTimeout(() => location.reload())')
    await expect.poll(() => asked).toEqual(['confirm', 'beforeunload'])
    for (const times of [1, 2]) {
      await page.goBack()
      await expect.poll(() => asked.length).toBe(2 + times)
      await page.waitForURL('**/servers/new')
    }
    expect(await page.getByLabel('Command').last().inputValue()).toBe('npx')
    isLeft = true
    await page.goBack()
    await page.getByText('No servers yet').waitFor()
    await page.goBack()
    await page.getByText('No runs').waitFor()
    expect(asked).toEqual(['confirm', 'beforeunload', 'confirm', 'confirm', 'confirm'])
  })

  it('asks for a key if the API requires one, and keeps it in the tab only', async () => {
    const file = join(tests.programs.folder, 'keys.json')
    const { key } = await addKey(file, 'read')
    const { base } = await tests.programs.serve(['--api-keys', file])
    await using tab = await openTab()
    const { page, context } = tab
    await page.goto(base)
    await page.getByLabel('API key').fill('ty_wrong')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('That key was not accepted').waitFor()
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('No servers yet').waitFor()
    await page.locator('[data-connection=LIVE]').waitFor()
    await page.getByText('This API key lacks the scope write').waitFor()
    for (const name of ['Add a server', 'Add server', 'Import'])
      expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true)
    await page.goto(`${base}/servers/new`)
    await page.getByText('This API key lacks the scope write').waitFor()
    expect(await page.getByRole('button', { name: 'Add server' }).isDisabled()).toBe(true)
    expect((await context.storageState()).origins.flatMap(({ localStorage }) => localStorage)).not.toContainEqual(
      expect.objectContaining({ value: expect.stringContaining(key) }),
    )
    expect(tab.faults).toEqual([])
  })

  it('disables what the key may not do, and names the scope', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    let held: readonly Scope[] = ['read', 'run', 'write', 'admin']
    const serving = await serve({
      authenticate: () => ({ tenant: 'default', id: 'key', scopes: new Set(held), expiresAt: null }),
    })
    const server = await register(serving, 'scoped', fixture)
    held = ['read']
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${server}`)
    await page.getByText('This API key lacks the scope write').waitFor()
    for (const name of ['Refresh', 'Edit', 'Delete', 'Preview'])
      expect(await page.getByRole('button', { name }).isDisabled()).toBe(true)
    expect(await page.getByRole('switch', { name: 'Enabled' }).isDisabled()).toBe(true)
    await page.locator('.tool-row').click()
    await page.getByText('This API key lacks the scope run').waitFor()
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true)
    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByText('This API key lacks the scope admin').waitFor()
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
    await page.goBack()
    await page.getByRole('textbox', { name: 'message' }).fill('x')
    await page.keyboard.press('Control+Enter')
    expect(fixture.calls.filter(({ method }) => method === 'tools/call')).toEqual([])
    expect(await page.getByRole('combobox', { name: 'Runs need approval' }).isDisabled()).toBe(true)
    held = ['read', 'run']
    await page.reload()
    await page.getByRole('textbox', { name: 'message' }).fill('x')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await fixture.received('tools/call')
    expect(tab.faults).toEqual([])
  })

  it('renders only the visible ones of 1,000 tools, and reaches the last', async () => {
    await using fixture = await startFixture({ tools: thousandTools(1_000, 200), pageSize: 200 })
    const serving = await serve()
    const id = await register(serving, 'many', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('[data-total="1000"]').waitFor()
    expect(await page.locator('.virtual').count()).toBeLessThan(100)
    await page.evaluate('window.scrollTo(0, document.documentElement.scrollHeight)')
    await page.locator('.tool-row').filter({ hasText: 'tool_000999' }).waitFor()
    expect(await page.locator('.virtual').count()).toBeLessThan(100)
    fixture.setTools([behaviourTool('echo')])
    await refreshAndWait(serving, id)
    await page.locator('[data-total="1"]').waitFor()
    expect(tab.faults).toEqual([])
  })
})
