import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import type { Asked } from '../fixtures/mcp/scripted-http.ts'
import { findingsOf } from './axe.ts'
import { refreshAndWait, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

const longUri = `file:///${'a-long-folder/'.repeat(12)}deep.txt`

/** Contents by their URIs. */
const contents: Readonly<Record<string, object>> = {
  'file:///notes.md': {
    mimeType: 'text/markdown',
    text: '# A heading\n\n<img src=x onerror="document.title=`broken in`"> [a link](https://a.example/)',
  },
  'file:///data.json': { mimeType: 'application/json', text: '{"deep":{"value":[1,2]}}' },
  'file:///pixel.png': { mimeType: 'image/png', blob: png },
  'file:///archive.bin': { mimeType: 'application/octet-stream', blob: Buffer.from([0, 255, 1]).toString('base64') },
  'https://a.example/page': { mimeType: 'text/html', text: '<script>document.title="broken in"</script>' },
  [longUri]: { mimeType: 'text/plain', text: 'far down' },
  'javascript:alert(1)': { mimeType: 'text/plain', text: 'no script' },
  'db://people/ada%20l.': { mimeType: 'text/plain', text: 'all rows of Ada' },
  'db://people/ada%20l.?limit=5': { mimeType: 'text/plain', text: 'the row of Ada' },
}

function answer({ method, params, ...asked }: Asked): boolean {
  if (method === 'resources/read') {
    const uri = String(params.uri)
    asked.result({ resultType: 'complete', contents: [{ uri, ...contents[uri] }] })
  } else if (method === 'prompts/get') {
    asked.result({
      resultType: 'complete',
      messages: [
        { role: 'user', content: { type: 'text', text: `Review this ${asked.args.language} code` } },
        { role: 'assistant', content: { type: 'text', text: 'Show me the code' } },
        { role: 'user', content: { type: 'image', mimeType: 'image/png', data: png } },
      ],
    })
  } else if (method === 'completion/complete') {
    // As the protocol has it.
    const { value } = params.argument as { readonly value: string }
    const values = ['typescript', 'typst', 'python'].filter((each) => each.startsWith(value))
    asked.result({ resultType: 'complete', completion: { values } })
  } else return false
  return true
}

const startServer = () =>
  startFeatureServer('LEGACY', {
    answer,
    resources: Object.keys(contents)
      .filter((uri) => !uri.startsWith('db:'))
      .map((uri) => ({ uri, name: uri.split('/').at(-1) ?? uri, mimeType: 'text/plain' })),
    resourceTemplates: [{ uriTemplate: 'db://people/{name}{?limit}', name: 'a person', description: 'One row' }],
    prompts: [
      {
        name: 'review',
        title: 'Review code',
        arguments: [{ name: 'language', description: 'What it is written in', required: true }, { name: 'tone' }],
      },
    ],
  })

const open = (page: Page, name: string) => page.getByRole('button', { name, expanded: false }).click()

describeConsole('resources and prompts in the console', ({ serve, openTab }) => {
  it('reads a resource when it is opened, and shows it by its type', async () => {
    await using server = await startServer()
    const serving = await serve()
    const id = await register(serving, 'library', server)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.getByRole('tab', { name: 'Resources 8' }).click()
    expect(new URL(page.url()).pathname).toBe(`/servers/${id}/resources`)
    await page.getByRole('button', { name: 'file:///notes.md' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'file:///notes.md' }).waitFor()
    expect(server.count('resources/read')).toBe(0)

    await open(page, 'notes.md')
    await page.locator('[data-content=MARKDOWN]').getByRole('heading', { name: 'A heading' }).waitFor()
    await page.locator('[data-content=MARKDOWN]').getByText('onerror').waitFor()
    await open(page, 'data.json')
    await page.locator('[data-content=JSON]').getByText('"deep"').waitFor()
    await open(page, 'pixel.png')
    await page.locator('[data-content=IMAGE]').getByRole('img', { name: 'pixel.png' }).waitFor()
    await open(page, 'page')
    const html = page.locator('[data-content=TEXT]').filter({ hasText: '<script>' })
    expect(await html.getByRole('link', { name: 'https://a.example/page' }).getAttribute('rel')).toContain('noopener')
    await open(page, 'javascript:alert(1)')
    await page.locator('[data-content=TEXT]').getByText('no script').waitFor()
    expect(await page.locator('a[href^="javascript" i]').count()).toBe(0)
    expect(await findingsOf(page)).toEqual([])
    await open(page, 'deep.txt')
    await page.locator('[data-content=TEXT]').getByText('far down').waitFor()
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)

    await open(page, 'archive.bin')
    await page.locator('[data-content=FILE]').getByText('3 bytes').waitFor()
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download archive.bin' }).click()
    const saved = await saving
    expect(saved.suggestedFilename()).toBe('archive.bin')
    expect([...(await readFile(await saved.path()))]).toEqual([0, 255, 1])
    expect(await page.title()).not.toContain('broken in')
    expect(tab.faults).toEqual([])
  })

  it('fills in a template, with the values that the server suggests', async () => {
    await using server = await startServer()
    const serving = await serve()
    const id = await register(serving, 'library', server)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/resources`)
    await open(page, 'a person')
    await page.getByRole('combobox', { name: 'name' }).fill('ada l.')
    await page.getByRole('combobox', { name: 'limit' }).fill('5')
    await page.getByRole('button', { name: 'Read', exact: true }).click()
    await page.getByText('the row of Ada').waitFor()
    await page.getByText('db://people/ada%20l.?limit=5').waitFor()
    await page.getByRole('combobox', { name: 'limit' }).fill('')
    await page.getByRole('button', { name: 'Read', exact: true }).click()
    await page.getByText('all rows of Ada').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('asks for the arguments of a prompt, and shows its messages as a conversation', async () => {
    await using server = await startServer()
    const serving = await serve()
    const id = await register(serving, 'library', server)
    await using tab = await openTab({
      colorScheme: 'light',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/prompts`)
    await open(page, 'Review code')
    await page.getByRole('button', { name: 'Get messages' }).click()
    await page.getByText('Required', { exact: true }).waitFor()
    const language = page.getByRole('combobox', { name: 'language' })
    await expect.poll(() => language.and(page.locator(':focus')).count()).toBe(1)
    expect(server.count('prompts/get')).toBe(0)
    await language.pressSequentially('typ')
    await page.getByRole('option', { name: 'typst' }).waitFor()
    await page.getByRole('option', { name: 'typescript' }).click()
    await page.getByRole('button', { name: 'Get messages' }).click()
    const messages = page.getByRole('region', { name: 'Messages' })
    await messages.locator('[data-role=USER]').getByText('Review this typescript code').waitFor()
    await messages.locator('[data-role=ASSISTANT]').getByText('Show me the code').waitFor()
    await messages.getByRole('img').waitFor()
    await messages.getByRole('button', { name: 'Copy message 2' }).click()
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe('Show me the code')
    expect(await findingsOf(page)).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('shows what a refresh would change in each list, and then what it changed', async () => {
    await using server = await startServer()
    const serving = await serve()
    const id = await register(serving, 'library', server)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/resources`)
    await page.getByRole('button', { name: 'file:///notes.md' }).waitFor()
    server.features.resources = [{ uri: 'file:///new.md', name: 'new.md' }]
    server.features.prompts = []
    server.features.tools = []
    await page.getByRole('button', { name: 'Preview' }).click()
    const preview = page.getByRole('dialog', { name: 'What a refresh would change' })
    await preview.getByText('resources: 1 added, 7 removed; prompts: 1 removed').waitFor()
    await preview.getByRole('group', { name: 'Changes of prompts' }).getByText('review').waitFor()
    expect(await findingsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await preview.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'file:///notes.md' }).waitFor()

    await page.getByRole('button', { name: 'Preview' }).click()
    await preview.getByRole('button', { name: 'Refresh now' }).click()
    const refresh = page.getByRole('region', { name: 'Refresh' })
    await refresh.getByText('resources: 1 added, 7 removed; prompts: 1 removed').waitFor()
    await page.getByRole('button', { name: 'new.md' }).waitFor()
    await page.getByRole('tab', { name: 'Prompts 0' }).click()
    await page.getByText('None listed.').waitFor()

    server.features.prompts = [{ name: 'announced' }]
    await refreshAndWait(serving, id)
    await page.getByRole('button', { name: 'announced' }).waitFor()
    expect(tab.faults).toEqual([])
  })
})
