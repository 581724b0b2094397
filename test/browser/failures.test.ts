import { expect, it } from 'vitest'
import { behaviourTool, fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

describeConsole('a server that fails, in the console', ({ serve, openTab }) => {
  it('says in one place what failed, why, and what to do; a changed command is tried at once', async () => {
    const serving = await serve()
    const broken = fixtureStdio({ exitOnStart: ['the variable API_TOKEN is missing'] })
    const id = await register(serving, 'broken', { url: '' }, { config: { stdio: broken } })
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    const failure = page.locator('[data-failure=CONNECT_FAILED]')
    await failure.getByRole('alert').filter({ hasText: 'The command ended before it answered' }).waitFor()
    await failure.getByText('the variable API_TOKEN is missing', { exact: true }).waitFor()
    await page.locator('[data-refresh=FAILED]').waitFor()
    expect(await page.getByText('the variable API_TOKEN is missing', { exact: true }).count()).toBe(1)
    for (const what of ['tools', 'resources', 'prompts']) {
      await page.getByRole('tab', { name: new RegExp(`^${what}`, 'i') }).click()
      await page.getByText(`The ${what} could not be read`).waitFor()
    }
    await page.getByRole('link', { name: 'what failed, and what to do' }).click()
    expect(new URL(page.url()).hash).toBe('#failure')
    expect(await findingsOf(page)).toEqual([])

    await failure.getByRole('link', { name: 'Edit command' }).click()
    const command = page.getByRole('textbox', { name: 'Command' })
    await expect.poll(() => command.and(page.locator(':focus')).count()).toBe(1)
    const { command: program, args } = fixtureStdio({ tools: [behaviourTool('echo')] })
    const line = ['MODE=test', program, ...args.map((each) => `'${each}'`)].join(' ')
    const argsField = page.getByRole('textbox', { name: 'Args' })
    await argsField.fill('')
    await command.fill(line)
    await command.press('Enter')
    await page.getByText('Split into command, args and variables').waitFor()
    expect(await command.inputValue()).toBe(program)
    expect(await argsField.inputValue()).toBe(args.join('\n'))
    expect(await page.getByRole('textbox', { name: 'Name of variable 1' }).inputValue()).toBe('MODE')
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await command.inputValue()).toBe(line)
    expect(await argsField.inputValue()).toBe('')
    await command.fill(`${line} `)
    await page.getByRole('textbox', { name: 'Description' }).focus()
    expect(await command.inputValue()).toBe(program)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('[data-refresh=SUCCEEDED]').getByText('1 added').waitFor()
    await failure.waitFor({ state: 'detached' })
    expect(tab.faults).toEqual([])
  })

  it('says of a URL at which nothing listens that it did not connect', async () => {
    const fixture = await startFixture({ tools: [] })
    await fixture.close()
    const serving = await serve()
    const id = await register(serving, 'away', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.locator('[data-refresh=FAILED]').waitFor()
    expect(await page.locator('.timeline [data-state=failed]').allTextContents()).toEqual(['Connect'])
    expect(await page.locator('.timeline [data-state=done]').count()).toBe(0)
    expect(tab.faults).toEqual([])
  })

  it('leads to the field of the token, or tries again', async () => {
    const requireHeader = { name: 'authorization', value: 'Bearer a-valid-token' }
    await using fixture = await startFixture({ tools: [behaviourTool('echo')], requireHeader })
    const serving = await serve()
    const id = await register(serving, 'guarded', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    const failure = page.locator('[data-failure=AUTH_REQUIRED]')
    await failure.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => fixture.calls.length).toBeGreaterThan(0)
    await failure.getByRole('link', { name: 'Set token' }).click()
    const token = page.getByLabel('Token', { exact: true })
    await expect.poll(() => token.and(page.locator(':focus')).count()).toBe(1)
    await token.fill('Bearer a-valid-token')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('[data-refresh=SUCCEEDED]').getByText('1 added').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('shows an error at its field, in view, also on a long form', async () => {
    const serving = await serve()
    await using tab = await openTab({ viewport: { width: 1000, height: 420 } })
    const { page } = tab
    await page.goto(`${serving.base}/servers/new`)
    await page.getByRole('button', { name: 'Add server' }).click()
    const command = page.getByRole('textbox', { name: 'Command' })
    await page.getByText('Enter a command', { exact: true }).waitFor()
    await expect.poll(() => command.and(page.locator(':focus')).count()).toBe(1)
    await command.fill('npx')
    await page.getByRole('button', { name: 'Add server' }).click()
    const name = page.getByRole('textbox', { name: 'Name', exact: false }).first()
    await page.getByText('Enter a name', { exact: true }).waitFor()
    await expect.poll(() => name.and(page.locator(':focus')).count()).toBe(1)
    expect(await name.getAttribute('aria-invalid')).toBe('true')
    expect((await name.boundingBox())?.y).toBeGreaterThan(0)
    expect(tab.faults).toEqual([])
  })
})

describeConsole('many servers in the console', ({ serve, openTab }) => {
  it('are filtered by name, status and label, in the URL; their tools are grouped; names stay readable', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo'), behaviourTool('add')] })
    const serving = await serve()
    for (let index = 0; index < 6; index++) {
      const labels = index % 2 === 0 ? ['even'] : []
      await register(serving, `server-number-${index}`, fixture, { labels, enabled: index !== 5 })
    }
    await using tab = await openTab({ viewport: { width: 800, height: 900 } })
    const { page } = tab
    await page.goto(serving.base)
    const rows = page.locator('[data-server]')
    await expect.poll(() => rows.count()).toBe(6)
    for (const width of [360, 800, 1000, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      const nameWidth = async () => (await rows.first().locator('.main-name').boundingBox())?.width
      // The navigation slides aside.
      await expect.poll(nameWidth, { message: `name at ${width}` }).toBeGreaterThanOrEqual(100)
    }
    await page.getByRole('combobox', { name: 'Filter by label' }).click()
    await page.getByRole('option', { name: 'even' }).click()
    await expect.poll(() => rows.count()).toBe(3)
    await page.getByRole('textbox', { name: 'Filter by name' }).fill('number-2')
    await expect.poll(() => rows.count()).toBe(1)
    expect(new URL(page.url()).search).toBe('?label=even&q=number-2')
    await page.reload()
    await expect.poll(() => rows.count()).toBe(1)
    await page.goto(`${serving.base}/?status=DISABLED`)
    await page.locator('[data-server=server-number-5]').waitFor()
    expect(await rows.count()).toBe(1)

    await page.goto(`${serving.base}/tools`)
    await page.getByRole('switch', { name: 'Group by server' }).click()
    await expect.poll(() => page.locator('[data-group]').count()).toBe(5)
    await page.locator('[data-group=server-number-0]').locator('.tool-row').filter({ hasText: 'add' }).waitFor()
    await page.locator('[data-group=server-number-3] summary').click()
    await page.locator('[data-group=server-number-3] .tool-row').first().waitFor()
    expect(new URL(page.url()).search).toBe('?group=server')
    expect(tab.faults).toEqual([])
  })
})
