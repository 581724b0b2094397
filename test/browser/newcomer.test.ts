import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { everythingStdio } from '../fixtures/mcp/everything.ts'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { describeConsole } from './describe-console.ts'

/** Most actions from an empty registry to the result of a tool. */
const maxActions = 12

const noteErrors = `
  globalThis.shownErrors = new Set()
  new MutationObserver(() => {
    for (const each of document.querySelectorAll('[role=alert], [aria-invalid=true], .form-summary'))
      shownErrors.add(each.outerHTML.slice(0, 200))
  }).observe(document, { childList: true, subtree: true, attributes: true })`

/** Acts as a user of the keyboard does, and counts: a press of a key or of keys held together is one action, so is a text typed or pasted as a whole. */
class Hands {
  readonly #page: Page
  actions = 0

  constructor(page: Page) {
    this.#page = page
  }

  async press(keys: string): Promise<void> {
    this.actions += 1
    await this.#page.keyboard.press(keys)
  }

  async type(text: string): Promise<void> {
    this.actions += 1
    await this.#page.keyboard.insertText(text)
  }
}

const focused = (page: Page) => page.locator(':focus')
const line = ({ command, args }: { readonly command: string; readonly args: readonly string[] }) =>
  [command, ...args].map((word) => `"${word}"`).join(' ')

describeConsole('a newcomer', (tests) => {
  it(`gets from an empty registry to a tool's result in at most ${maxActions} actions of the keyboard, without an error`, async () => {
    const { base } = await tests.programs.serve()
    await using tab = await tests.openTab()
    const { page } = tab
    const hands = new Hands(page)
    await page.addInitScript(noteErrors)
    await page.goto(base)
    await page.getByText('No servers yet').waitFor()

    await hands.press('n')
    await focused(page)
      .and(page.getByRole('textbox', { name: 'Command' }))
      .waitFor()
    await hands.type(line(everythingStdio()))
    await hands.press('Enter')
    await page.getByText('Split into command, args').waitFor()
    expect(await page.getByRole('textbox', { name: 'Name' }).first().inputValue()).toBe('everything')
    await hands.press('Enter')
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()
    await focused(page)
      .and(page.locator('.tool-row').filter({ hasText: 'echo' }))
      .waitFor()
    await hands.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Echo' }).waitFor()
    const message = page.getByRole('textbox', { name: 'message' })
    await message.waitFor()
    while ((await focused(page).and(message).count()) === 0) await hands.press('Tab')
    await hands.type('the first run')
    await hands.press('Control+Enter')
    await page.locator('[data-run=SUCCEEDED]').getByText('Echo: the first run').waitFor()

    expect(hands.actions).toBeLessThanOrEqual(maxActions)
    expect(await page.evaluate('[...shownErrors]')).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('may enter an address as the command: it becomes the URL of a server over HTTP, which can be undone', async () => {
    await using fixture = await startFixture()
    const { base } = await tests.serve()
    await using tab = await tests.openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.addInitScript(noteErrors)
    await page.goto(`${base}/servers/new`)
    const command = page.getByRole('textbox', { name: 'Command' })
    await focused(page).and(command).waitFor()
    await page.keyboard.insertText(fixture.url)
    await page.keyboard.press('Enter')
    const url = page.getByRole('textbox', { name: 'URL' })
    await focused(page).and(url).waitFor()
    expect(await url.inputValue()).toBe(fixture.url)
    expect(await findingsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await command.inputValue()).toBe(fixture.url)
    await command.press('Tab')
    expect(await url.count()).toBe(0)
    await page.getByText('HTTP', { exact: true }).click()
    await url.fill(fixture.url)
    await url.press('Enter')
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()
    await page.getByRole('heading', { level: 1, name: new URL(fixture.url).host.replace(':', '-') }).waitFor()
    expect(tab.faults).toEqual([])
  })
})
