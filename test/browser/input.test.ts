import type { Caller, Scope } from '@toolyard/graphql'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import {
  form,
  inputRequired,
  jsonResult,
  sampling,
  startAskingLegacy,
  startAskingModern,
  url,
} from '../fixtures/mcp/asking-servers.ts'
import { findingsOf } from './axe.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const run = `mutation {
  runMcpTool(input: { tool: { qualified: { server: "asking", tool: "echo" } }, args: { n: 1 }, wait: true }) {
    ... on RunMcpToolPayload { run { id status } }
    ... on UserError { message }
  }
}`

/** Starts a run as another client, which waits for an answer. Returns its id. */
async function start(serving: { readonly url: string }): Promise<string> {
  // The query selects exactly these fields.
  const data = (await ask(serving, run)) as {
    readonly runMcpTool: { readonly run: { readonly id: string; readonly status: string } }
  }
  expect(data.runMcpTool.run.status).toBe('INPUT_REQUIRED')
  return data.runMcpTool.run.id
}

const values = (page: Page) => page.getByRole('region', { name: 'The server asks for values' })
const address = (page: Page) => page.getByRole('region', { name: 'The server asks you to open an address' })
const question = (page: Page) => page.getByRole('region', { name: 'The server asks a language model' })
const button = (name: string) => ['button', { name, exact: true }] as const

describeConsole('runs whose server asks for input, in the console', ({ serve, openTab }) => {
  it('come first and live; each request is answered on its own, and what was sent stays', async () => {
    const branch = { type: 'string', title: 'Branch', pattern: '^[a-z]+$' }
    const wanted = { branch, force: { type: 'boolean', default: true } }
    const asked = {
      params: {
        ...sampling().params,
        systemPrompt: 'Be brief',
        modelPreferences: { hints: [{ name: 'small-model' }] },
      },
    }
    await using server = await startAskingModern(({ inputResponses }) =>
      inputResponses
        ? undefined
        : inputRequired({
            which: form(wanted, ['branch']),
            where: url('https://login.example:8443/start?for=you'),
            what: { ...sampling(), ...asked },
          }),
    )
    const serving = await serve()
    await register(serving, 'asking', server)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(serving.base)) foreign.push(request.url())
    })
    await page.goto(serving.base)
    await page.locator('[data-server=asking]').waitFor()
    const id = await start(serving)
    await page.getByText('1 run waits for an answer').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Approvals 1' }).click()
    const card = page.getByRole('region', { name: 'Run of echo' })
    await card.getByText('Who are you?').waitFor()
    await values(page).getByRole('textbox', { name: 'Branch' }).waitFor()
    await card
      .getByText(/^9 min \d+ s left$|^10 min left$/)
      .first()
      .waitFor()
    expect(await findingsOf(page)).toEqual([])

    await values(page)
      .getByRole(...button('Accept'))
      .click()
    await values(page).getByRole('group', { name: '1 field needs another value' }).waitFor()
    await values(page).getByRole('textbox', { name: 'Branch' }).fill('Main 1')
    await values(page)
      .getByRole(...button('Accept'))
      .click()
    // What only the API checks.
    await expect
      .poll(() => values(page).getByRole('textbox', { name: 'Branch' }).getAttribute('aria-invalid'))
      .toBe('true')
    await values(page).getByRole('textbox', { name: 'Branch' }).fill('main')
    await values(page)
      .getByRole(...button('Accept'))
      .click()
    await values(page).waitFor({ state: 'detached' })
    await card.locator('[data-answered=ACCEPT]').getByText('{"force":true,"branch":"main"}').waitFor()

    await card.getByRole('link', { name: 'echo' }).click()
    await page.locator('[data-run=INPUT_REQUIRED]').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/runs/${id}`)
    expect(await values(page).count()).toBe(0)
    const link = address(page).getByRole('link', { name: 'https://login.example:8443/start?for=you' })
    expect(await link.getAttribute('href')).toBe('https://login.example:8443/start?for=you')
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow')
    expect(await link.getAttribute('target')).toBe('_blank')
    await address(page)
      .getByRole(...button('I have done it'))
      .click()
    await page.locator('[data-answered=ACCEPT]').getByText('Done: Log in, please').waitFor()
    await expect
      .poll(() => page.getByRole('list', { name: 'Sent answers' }).and(page.locator(':focus')).count())
      .toBe(1)

    await question(page).getByText('How much?').waitFor()
    await question(page).getByText('Be brief').waitFor()
    await question(page).getByText('small-model').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await question(page).getByRole('textbox', { name: 'Answer' }).fill('42')
    await question(page).getByRole('textbox', { name: 'Model' }).fill('my-model')
    await question(page)
      .getByRole(...button('Answer'))
      .click()
    await page.locator('[data-run=SUCCEEDED]').getByText('"my-model"').first().waitFor()
    expect(await page.locator('[data-answered]').count()).toBe(2)
    expect(server.asked.filter(({ method }) => method === 'tools/call').at(-1)?.params).toMatchObject({
      inputResponses: {
        which: { action: 'accept', content: { branch: 'main', force: true } },
        where: { action: 'accept' },
        what: { role: 'assistant', content: { type: 'text', text: '42' }, model: 'my-model' },
      },
    })
    expect(foreign).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('are answered where the tool is run, in several rounds', async () => {
    await using server = await startAskingLegacy(async (_asked, askFor) => {
      const first = await askFor(form())
      const second = await askFor(form())
      const third = await askFor(url('http://plain.example/x'))
      return jsonResult([first.result, second.result, third.result])
    })
    const serving = await serve()
    const id = await register(serving, 'asking', server)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.locator('.tool-row').click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const answers = page.locator('[data-answered]')
    await values(page).getByRole('textbox', { name: 'name' }).fill('Ada')
    await values(page)
      .getByRole(...button('Accept'))
      .click()
    await answers.getByText('{"name":"Ada"}').waitFor()
    // Asked the same again, in an empty form.
    await expect.poll(() => values(page).getByRole('textbox', { name: 'name' }).inputValue()).toBe('')
    await values(page)
      .getByRole(...button('Decline'))
      .click()
    await answers.getByText('Declined: Who are you?').waitFor()
    await address(page).getByText('without encryption').waitFor()
    await address(page)
      .getByRole(...button('Cancel'))
      .click()
    await page.locator('[data-run=SUCCEEDED]').waitFor()
    expect(await answers.count()).toBe(3)
    expect(server.answers).toMatchObject([
      { result: { action: 'accept', content: { name: 'Ada' } } },
      { result: { action: 'decline' } },
      { result: { action: 'cancel' } },
    ])
    expect(tab.faults).toEqual([])
  })

  it('do not wait if the form of the server says so', async () => {
    await using server = await startAskingModern(({ inputResponses }) =>
      inputResponses ? undefined : inputRequired({ who: form() }),
    )
    const serving = await serve()
    const id = await register(serving, 'asking', server)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/edit`)
    const policy = page.getByRole('combobox', { name: 'Requests for input' })
    expect(await policy.inputValue()).toBe('Wait for an answer')
    await policy.click()
    await page.getByRole('option', { name: 'Decline at once' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('tab', { name: 'Configuration' }).click()
    await page.locator('.properties > div').filter({ hasText: 'Requests for inputdecline at once' }).waitFor()
    await page.goto(`${serving.base}/servers/${id}/edit`)
    await expect.poll(() => policy.inputValue()).toBe('Decline at once')
    await page.goto(`${serving.base}/servers/${id}`)
    await page.locator('.tool-row').click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('[data-run=SUCCEEDED]').getByText('"decline"').first().waitFor()
    expect(await values(page).count()).toBe(0)
    expect(tab.faults).toEqual([])
  })

  it('are answered by the key that started them, or by one with the scope write; others read why not', async () => {
    const keys: Readonly<Record<string, readonly Scope[]>> = {
      owner: ['read', 'run', 'write', 'admin'],
      worker: ['read', 'run'],
      other: ['read', 'run'],
    }
    await using server = await startAskingModern(({ inputResponses }) =>
      inputResponses ? undefined : inputRequired({ who: form() }),
    )
    const serving = await serve({
      authenticate({ authorization = '' }): Caller | undefined {
        const id = authorization.replace('Bearer ', '')
        const scopes = keys[id]
        return scopes && { tenant: 'default', id, scopes: new Set(scopes), expiresAt: null }
      },
    })
    const openAs = async (key: string) => {
      const tab = await openTab()
      await tab.page.goto(`${serving.base}/approvals`)
      await tab.page.getByLabel('API key', { exact: true }).fill(key)
      await tab.page.getByRole('button', { name: 'Continue' }).click()
      await tab.page.getByText('No pending approvals').waitFor()
      return tab
    }
    await using owner = await openAs('owner')
    await owner.page.getByRole('link', { name: 'Servers' }).click()
    await owner.page.getByRole('link', { name: 'Add a server' }).click()
    await owner.page.getByLabel('Name', { exact: false }).first().fill('asking')
    await owner.page.getByText('HTTP', { exact: true }).click()
    await owner.page.getByLabel('URL').fill(server.url)
    await owner.page.getByRole('button', { name: 'Add server' }).click()
    await owner.page.locator('.tool-row').waitFor()

    await using worker = await openAs('worker')
    await using other = await openAs('other')
    await worker.page.getByRole('link', { name: 'Tools' }).click()
    await worker.page.locator('.tool-row').click()
    await worker.page.getByRole('button', { name: 'Run', exact: true }).click()
    await values(worker.page).waitFor()

    await other.page.getByText('Started by worker. Answering it takes that key').waitFor()
    expect(
      await values(other.page)
        .getByRole(...button('Accept'))
        .isDisabled(),
    ).toBe(true)
    expect(await values(other.page).getByRole('textbox', { name: 'name' }).isDisabled()).toBe(true)
    await values(worker.page).getByRole('textbox', { name: 'name' }).fill('Ada')
    await values(worker.page)
      .getByRole(...button('Accept'))
      .click()
    await worker.page.locator('[data-run=SUCCEEDED]').getByText('"Ada"').first().waitFor()
    await other.page.getByText('No pending approvals').waitFor()

    await worker.page.getByRole('button', { name: 'Run', exact: true }).click()
    await values(worker.page).waitFor()
    await owner.page.getByRole('link', { name: 'Approvals' }).click()
    await values(owner.page).getByRole('textbox', { name: 'name' }).fill('Grace')
    await values(owner.page)
      .getByRole(...button('Accept'))
      .click()
    await worker.page.locator('[data-run=SUCCEEDED]').getByText('"Grace"').first().waitFor()
    expect([...owner.faults, ...worker.faults, ...other.faults]).toEqual([])
  })
})
