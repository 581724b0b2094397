import { expect, it } from 'vitest'
import { hasFields } from '../../packages/toolyard/console/src/schema-form/has-fields.ts'
import { initialForm } from '../../packages/toolyard/console/src/schema-form/initial-value.ts'
import { fillIn } from '../console/form-answers.ts'
import { behaviourTool, type FixtureServer, type JsonObject, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { readPublishedSchemas } from '../fixtures/mcp/published-schemas.ts'
import { findingsOf } from './axe.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'
import { goTo } from './go-to.ts'
import { fillInByKeyboard } from './keyboard-form.ts'

const text = { type: 'string' }

/** The args of the last call that a server received. */
function argsOfLastCall({ calls }: FixtureServer): unknown {
  return Object(calls.findLast(({ method }) => method === 'tools/call')?.params).arguments
}

const everyField: JsonObject = {
  type: 'object',
  properties: {
    kind: { const: 'report' },
    title: { ...text, minLength: 1, description: 'With **marks**, and <b>no markup</b>' },
    body: { ...text, maxLength: 5_000 },
    count: { type: 'integer', minimum: 1 },
    level: { enum: ['low', 'high'] },
    country: { enum: ['at', 'be', 'ch', 'de', 'es'] },
    when: { ...text, format: 'date-time' },
    day: { ...text, format: 'date' },
    file: { ...text, contentEncoding: 'base64' },
    notify: { type: 'boolean' },
    tags: { type: 'array', items: text },
    headers: { type: 'object', additionalProperties: text },
    place: { type: 'object', title: 'The place', properties: { city: text, street: text }, required: ['city'] },
    target: {
      oneOf: [
        {
          title: 'A user',
          type: 'object',
          properties: { type: { const: 'user' }, login: text },
          required: ['type', 'login'],
        },
        {
          title: 'A team',
          type: 'object',
          properties: { type: { const: 'team' }, slug: text },
          required: ['type', 'slug'],
        },
      ],
    },
  },
  required: ['kind', 'title', 'count', 'target'],
}

/** Tools of published servers whose forms differ most; with TOOLYARD_TEST_FORMS=all every tool, which takes minutes. */
const few = new Set([
  ...['sequentialthinking', 'browser_fill_form', 'generate_sankey_chart', 'generate_spreadsheet', 'API-get-self'],
  ...['API-post-page', 'API-patch-block-children', 'firecrawl_crawl', 'tavily_search', 'kubectl_get'],
  ...['node_management', 'create-calendar-event', 'broadcast_flex_message', 'static_map_image_tool', 'aggregate'],
])
const published = Object.entries(readPublishedSchemas()).flatMap(([server, { tools }]) => {
  const chosen = Object.entries(tools).filter(([name]) => process.env.TOOLYARD_TEST_FORMS === 'all' || few.has(name))
  return chosen.length === 0 ? [] : [{ server, tools: chosen.map(([name, inputSchema]) => ({ name, inputSchema })) }]
})

/** What a person enters who fills in no more than what is required. */
function answersOf(inputSchema: JsonObject): unknown {
  const root = { ...inputSchema, type: 'object' }
  return fillIn(root, root, initialForm(inputSchema), 'REQUIRED')
}

const toolIds = `query ($server: ID!, $after: String) {
  mcpTools(first: 100, after: $after, filter: { serverId: [$server] }) {
    nodes { id name } pageInfo { hasNextPage endCursor }
  }
}`

interface ToolIds {
  readonly mcpTools: {
    readonly nodes: readonly { readonly id: string; readonly name: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }
}

async function idsOf(serving: { readonly url: string }, server: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  for (let after: string | null = null; ; ) {
    // As the document says.
    const { mcpTools } = (await ask(serving, toolIds, { server, after })) as ToolIds
    for (const { id, name } of mcpTools.nodes) ids.set(name, id)
    if (!mcpTools.pageInfo.hasNextPage) return ids
    after = mcpTools.pageInfo.endCursor
  }
}

describeConsole('the form of a tool', ({ serve, openTab }) => {
  it('has a field for each kind of schema, and sends what was meant', async () => {
    await using fixture = await startFixture({ tools: [{ name: 'echo', inputSchema: everyField }] })
    const serving = await serve()
    await register(serving, 'forms', fixture)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').click()
    const form = page.getByRole('form', { name: 'Run this tool' })
    await form.getByRole('textbox', { name: 'title' }).waitFor()
    await form.locator('strong').getByText('marks').waitFor()
    await form.getByText('<b>no markup</b>').waitFor()
    expect(await form.getByText('kind', { exact: true }).count()).toBe(0)

    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const summary = form.getByRole('group', { name: '3 fields need another value' })
    await expect.poll(() => summary.evaluate((element) => element.contains(document.activeElement))).toBe(true)
    await summary.getByText('target › login').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await summary.getByRole('link', { name: 'count' }).click()
    await page.keyboard.type('0')
    await form.locator('.mantine-InputWrapper-error').getByText('At least 1').waitFor()
    await page.keyboard.press('Backspace')
    await page.keyboard.type('2')

    await form.getByRole('textbox', { name: 'title' }).fill('A title')
    await form.getByRole('textbox', { name: 'body' }).fill('Two\nlines')
    await form.getByRole('radio', { name: 'high' }).check()
    await form.getByRole('combobox', { name: 'country' }).selectOption('ch')
    await form.getByLabel('day').fill('2026-02-03')
    await form.getByLabel('when').fill('2026-02-03T10:20:30')
    await form.getByLabel('file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
    await form.getByText('5 bytes').waitFor()
    await form.getByRole('radio', { name: 'No', exact: true }).check()
    await form.getByRole('button', { name: 'Add item' }).click()
    await form.getByRole('textbox', { name: 'Item 1' }).fill('first')
    await form.getByText('A team').click()
    await form.getByRole('textbox', { name: 'slug' }).fill('crew')
    await form.getByText('headers', { exact: true }).click()
    await form.getByRole('textbox', { name: 'Name of a new entry' }).fill('x-a')
    await page.keyboard.press('Enter')
    await form.getByRole('textbox', { name: 'x-a' }).fill('b')
    expect(await findingsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('[data-run=SUCCEEDED], [data-run=FAILED]').waitFor()
    expect(argsOfLastCall(fixture)).toEqual({
      kind: 'report',
      title: 'A title',
      body: 'Two\nlines',
      count: 2,
      level: 'high',
      country: 'ch',
      when: expect.stringMatching(/^2026-02-03T10:20:30/),
      day: '2026-02-03',
      file: Buffer.from('hello').toString('base64'),
      notify: false,
      tags: ['first'],
      headers: { 'x-a': 'b' },
      target: { type: 'team', slug: 'crew' },
    })
    expect(tab.faults).toEqual([])
  })

  it('sends nothing of an optional object unless something was entered in it', async () => {
    const place = {
      type: 'object',
      properties: { city: text, size: { type: 'integer', default: 1 } },
      required: ['city'],
    }
    const inputSchema = { type: 'object', properties: { name: text, place } }
    await using fixture = await startFixture({ tools: [{ name: 'echo', inputSchema }] })
    const serving = await serve()
    await register(serving, 'forms', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').click()
    const run = async () => {
      const before = fixture.calls.filter(({ method }) => method === 'tools/call').length
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await expect.poll(() => fixture.calls.filter(({ method }) => method === 'tools/call').length).toBe(before + 1)
      return argsOfLastCall(fixture)
    }
    await page.getByRole('textbox', { name: 'name' }).fill('x')
    expect(await run()).toEqual({ name: 'x' })
    await page.getByText('place', { exact: true }).click()
    await page.getByRole('textbox', { name: 'size' }).fill('4')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page
      .getByRole('group', { name: '1 field needs another value' })
      .getByRole('link', { name: 'place › city' })
      .click()
    await page.keyboard.type('Bern')
    expect(await run()).toEqual({ name: 'x', place: { city: 'Bern', size: 4 } })
    await page.getByRole('button', { name: 'Leave out place' }).click()
    expect(await run()).toEqual({ name: 'x' })
    expect(tab.faults).toEqual([])
  })

  it.each(published)(
    'of a tool of $server is filled in and sent by the keyboard alone',
    { timeout: 1_200_000 },
    async ({ server, tools }) => {
      await using fixture = await startFixture({ tools })
      const serving = await serve()
      const ids = await idsOf(serving, await register(serving, server, fixture))
      expect(ids.size).toBe(tools.length)
      await using tab = await openTab()
      const { page } = tab
      await page.goto(`${serving.base}/tools`)
      await page.locator('.tool-row').first().waitFor()
      for (const { name, inputSchema } of tools) {
        await goTo(page, `/tools/${ids.get(name)}`)
        // In the heading of a tool without a title, and below the title of another.
        await page.locator('h1, .facts').getByText(name, { exact: true }).first().waitFor()
        // As JSON carries it.
        const meant = hasFields(inputSchema) ? JSON.parse(JSON.stringify(answersOf(inputSchema))) : {}
        if (hasFields(inputSchema)) await fillInByKeyboard(page, meant)
        await page.getByRole('button', { name: 'Run', exact: true }).press('Enter')
        await page.locator('[data-run]').or(page.locator('.form-summary')).first().waitFor()
        expect([name, await page.locator('.form-summary').allTextContents()]).toEqual([name, []])
        const { params } = await fixture.received('tools/call', (call) => call.params.name === name)
        expect([name, params.arguments]).toEqual([name, meant])
      }
      expect(tab.faults).toEqual([])
    },
  )
})

describeConsole('the page of a tool', ({ serve, openTab }) => {
  it('has the form left and the result right from 1,200 pixels, and Run always in sight', async () => {
    const properties = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`field_${n}`, text]))
    const long = { name: 'long', inputSchema: { type: 'object', properties } }
    await using fixture = await startFixture({ tools: [long, behaviourTool('hang')] })
    const serving = await serve()
    await register(serving, 'wide', fixture)
    await using tab = await openTab({ viewport: { width: 1200, height: 700 } })
    const { page } = tab
    await page.goto(`${serving.base}/tools?q=long`)
    await page.locator('.tool-row').filter({ hasText: 'long' }).click()
    await page.getByRole('textbox', { name: 'field_29' }).waitFor()
    const run = page.getByRole('button', { name: 'Run', exact: true })
    // Not scrolled to: the button itself stays at the bottom of the window.
    const bottom = Number(await run.evaluate((element) => element.getBoundingClientRect().bottom))
    expect(bottom).toBeLessThanOrEqual(700)
    await run.click()
    const [form, result] = [
      page.getByRole('form', { name: 'Run this tool' }),
      page.getByRole('region', { name: 'Run' }),
    ]
    await result.waitFor()
    const [left, right] = [await form.boundingBox(), await result.boundingBox()]
    expect(right?.x).toBeGreaterThanOrEqual((left?.x ?? 0) + (left?.width ?? 0))
    await page.setViewportSize({ width: 1100, height: 700 })
    const below = await result.boundingBox()
    expect(below?.x).toBe((await form.boundingBox())?.x)

    await page.goto(`${serving.base}/tools?q=hang`)
    await page.locator('.tool-row').filter({ hasText: 'hang' }).click()
    await run.click()
    await page.locator('[data-elapsed="1"]').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('[data-run=CANCELED]').waitFor()
    expect(await page.locator('[data-elapsed]').count()).toBe(0)
    expect(tab.faults).toEqual([])
  })

  it('asks before a destructive tool runs', async () => {
    const drop = { name: 'drop', inputSchema: { type: 'object' }, annotations: { destructiveHint: true } }
    await using fixture = await startFixture({ tools: [drop] })
    const serving = await serve()
    await register(serving, 'danger', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/tools`)
    await page.locator('.tool-row').click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const question = page.getByRole('dialog', { name: 'Run a destructive tool?' })
    expect(await findingsOf(page)).toEqual([])
    await question.getByRole('button', { name: 'Cancel' }).click()
    await question.waitFor({ state: 'detached' })
    expect(fixture.calls.filter(({ method }) => method === 'tools/call')).toEqual([])
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await question.getByRole('button', { name: 'Run it' }).click()
    await fixture.received('tools/call')
    expect(tab.faults).toEqual([])
  })
})
