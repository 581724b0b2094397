import type { Caller } from '@toolyard/graphql'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const field = (page: Page) => page.getByRole('combobox', { name: 'Find tools, servers, runs and actions' })
const active = (page: Page) => page.locator('[role=option][aria-selected=true]')

/** Waits until an option is the active one. */
const untilActive = (page: Page, name: string) => active(page).filter({ hasText: name }).waitFor()

const runEcho = `mutation { runMcpTool(input: {
  tool: { qualified: { server: "songs", tool: "echo" } }, args: { message: "la" }
}) { __typename } }`

describeConsole('the palette of the console', ({ serve, openTab }) => {
  it('finds tools, servers, runs and actions, and opens them, with the keyboard alone', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo'), behaviourTool('add')] })
    const serving = await serve()
    const id = await register(serving, 'songs', fixture)
    await ask(serving, runEcho)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    const loaded: string[] = []
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
    await page.goto(serving.base)
    await page.locator('[data-server=songs]').waitFor()
    expect(loaded.filter((path) => /palette|key-list/.test(path))).toEqual([])

    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    await page.getByRole('option', { name: 'songs' }).first().waitFor()
    await page.getByRole('group', { name: 'Recent runs' }).getByRole('option', { name: /^echo/ }).waitFor()
    expect(await findingsOf(page)).toEqual([])
    // The field keeps the focus, and names the active option.
    await page.keyboard.press('ArrowDown')
    const named = await field(page).getAttribute('aria-activedescendant')
    expect(await active(page).getAttribute('id')).toBe(named)
    expect(named).toBe('palette-add-server')
    await page.keyboard.press('Escape')
    // A key that follows at once opens it again.
    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    await page.keyboard.type('adds numbers')
    await untilActive(page, 'add')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'add', level: 1 }).waitFor()

    // In a field too, where a key without a modifier is text.
    await page.getByRole('textbox', { name: 'a', exact: true }).focus()
    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    await page.keyboard.type('songs')
    await untilActive(page, 'songs')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'songs', level: 1 }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/servers/${id}`)

    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    await page.keyboard.type('run succeeded')
    await untilActive(page, 'echo')
    await page.keyboard.press('Enter')
    await page.locator('[data-run=SUCCEEDED]').waitFor()

    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    await page.keyboard.type('dark')
    await untilActive(page, 'Use the dark theme')
    await page.keyboard.press('Enter')
    await page.locator('[data-mantine-color-scheme=dark]').waitFor()

    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    await page.keyboard.type('nothing has these words')
    await page.getByRole('status').filter({ hasText: 'Nothing matches' }).waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+k')
    await field(page).waitFor({ state: 'detached' })
    expect(tab.faults).toEqual([])
  })

  it('disables what the key may not do, and names the scope', async () => {
    const serving = await serve({
      authenticate: ({ authorization }): Caller | undefined =>
        authorization === 'Bearer reader'
          ? { tenant: 'default', id: 'reader', scopes: new Set(['read']), expiresAt: null }
          : undefined,
    })
    await using tab = await openTab()
    const { page } = tab
    await page.goto(serving.base)
    await page.getByLabel('API key', { exact: true }).fill('reader')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('No servers yet').waitFor()
    await page.getByRole('button', { name: 'Find' }).click()
    await field(page).waitFor()
    await page.keyboard.type('add a server')
    const add = page.getByRole('option', { name: 'Add a server' })
    await add.filter({ hasText: 'This API key lacks the scope write' }).waitFor()
    expect(await add.getAttribute('aria-disabled')).toBe('true')
    await page.keyboard.press('Enter')
    await field(page).fill('audit')
    await page.getByRole('option', { name: 'Go to Audit' }).filter({ hasText: 'lacks the scope admin' }).waitFor()
    await field(page).fill('forget')
    await untilActive(page, 'Forget the API key')
    expect(new URL(page.url()).pathname).toBe('/')
    await page.keyboard.press('Enter')
    await page.getByLabel('API key', { exact: true }).waitFor()
    expect(tab.faults).toEqual([])
  })
})

describeConsole('the keys of the console', ({ serve, openTab }) => {
  it('are listed by ?, work outside fields, and can be turned off', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'keys', fixture)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(serving.base)
    await page.locator('[data-server=keys]').waitFor()
    await page.keyboard.press('?')
    const list = page.getByRole('dialog', { name: 'Keys' })
    await list.getByText('Go to Runs').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await list.waitFor({ state: 'detached' })

    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByRole('heading', { name: 'Tools', level: 1 }).waitFor()
    // A switch takes no characters.
    await page.getByRole('switch', { name: 'Group by server' }).focus()
    await page.keyboard.press('/')
    const search = page.getByRole('searchbox', { name: 'Search tools' })
    await page.keyboard.type('gr?')
    expect(await search.inputValue()).toBe('gr?')
    expect(new URL(page.url()).pathname).toBe('/tools')

    await search.blur()
    await page.keyboard.press('?')
    await list.getByRole('switch', { name: 'Keys without a modifier' }).press('Space')
    await list.getByRole('button', { name: 'Close' }).click()
    await list.waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.keyboard.press('?')
    await page.keyboard.press('Control+k')
    await field(page).waitFor()
    expect(new URL(page.url()).pathname).toBe('/tools')
    expect(await list.count()).toBe(0)
    expect(tab.faults).toEqual([])
  })
})
