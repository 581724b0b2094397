import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { type AuthorizationServer, startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { findingsOf } from './axe.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

/** An MCP server behind OAuth, with its authorization server. */
async function startProtected() {
  await using stack = new AsyncDisposableStack()
  const authorizationServer = stack.use(await startAuthorizationServer())
  const { url } = stack.use(await startProtectedMcpServer({ authorizationServers: [authorizationServer] }))
  const owned = stack.move()
  return { authorizationServer, url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const runTool = `mutation ($input: RunMcpToolInput!) {
  runMcpTool(input: $input) { ... on RunMcpToolPayload { run { id } } ... on UserError { message } }
}`

/** Runs a tool, and returns the run's id when it has ended. */
async function run(serving: { readonly url: string }, tool: string): Promise<string> {
  const input = { tool: { qualified: { server: 'guarded', tool } }, wait: true }
  // As the document says.
  const answer = (await ask(serving, runTool, { input })) as { readonly runMcpTool: { readonly run: { id: string } } }
  return answer.runMcpTool.run.id
}

const card = (page: Page, status: string) => page.locator(`[data-authorization=${status}]`)

/** Connects the server from its page, with consent given at once. */
async function connect(page: Page): Promise<void> {
  await card(page, 'NOT_CONNECTED').getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByRole('heading', { name: 'Connected: guarded' }).waitFor()
  await page.getByRole('link', { name: 'Open the server in the console' }).click()
  await card(page, 'CONNECTED').waitFor()
}

const withheld = (server: AuthorizationServer) => {
  server.settings.authorize.consent = 'withheld'
  return server.nextPending()
}

describeConsole('OAuth in the console', ({ serve, openTab }) => {
  it('connects a server from the list, and shows it in another window without a reload', async () => {
    await using upstream = await startProtected()
    const serving = await serve()
    const id = await register(serving, 'guarded', upstream)
    await using tab = await openTab()
    await using other = await openTab()
    const { page } = tab
    await other.page.goto(`${serving.base}/servers/${id}`)
    await card(other.page, 'NOT_CONNECTED').waitFor()
    await page.goto(serving.base)
    await page.getByText('requires authorization').waitFor()

    const pending = withheld(upstream.authorizationServer)
    await page.getByRole('region', { name: 'Needs attention' }).getByRole('button', { name: 'Connect' }).click()
    const { approve, request } = await pending
    expect(request.redirectUri).toBe(`${serving.base}/oauth/callback`)
    await card(other.page, 'AUTHORIZING').getByText('This page shows the result by itself').waitFor()
    await card(other.page, 'AUTHORIZING').getByRole('button', { name: 'Connect again' }).waitFor()
    approve()
    await page.getByRole('heading', { name: 'Connected: guarded' }).waitFor()
    await card(other.page, 'CONNECTED').getByText('tools:call').waitFor()
    await card(other.page, 'CONNECTED').getByText('registered by itself').waitFor()
    await other.page.locator('[data-refresh=SUCCEEDED]').getByText('3 added').waitFor()
    await other.page.locator('[data-status=READY]').waitFor()

    await page.getByRole('link', { name: 'Open the server in the console' }).click()
    await card(page, 'CONNECTED').getByText('renewed by itself').waitFor()
    await page.locator('.tool-row').filter({ hasText: 'whoami' }).waitFor()
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  it('disconnects a server after a confirmation', async () => {
    await using upstream = await startProtected()
    const { authorizationServer } = upstream
    const serving = await serve()
    const id = await register(serving, 'guarded', upstream)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await connect(page)
    await page.getByRole('button', { name: 'Disconnect' }).click()
    const question = page.getByRole('dialog', { name: 'Disconnect this server?' })
    await question.getByRole('button', { name: 'Cancel' }).click()
    await question.waitFor({ state: 'detached' })
    expect(authorizationServer.requestsTo('revoke')).toEqual([])
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await question.getByRole('button', { name: 'Disconnect' }).click()
    await card(page, 'NOT_CONNECTED').waitFor()
    const focused = () => page.evaluate('document.activeElement?.dataset.authorization')
    await expect.poll(focused).toBe('NOT_CONNECTED')
    await page.locator('[data-status=NEEDS_AUTH]').waitFor()
    await card(page, 'NOT_CONNECTED').getByRole('button', { name: 'Connect', exact: true }).waitFor()
    expect(authorizationServer.requestsTo('revoke').length).toBeGreaterThan(0)
    expect(tab.faults).toEqual([])
  })

  it('offers what a server and a run need that were refused, once', async () => {
    await using upstream = await startProtected()
    const { authorizationServer } = upstream
    const serving = await serve()
    const id = await register(serving, 'guarded', upstream)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.locator('[data-refresh=FAILED]').waitFor()
    await page.getByText('The tools could not be read').waitFor()
    expect(await page.getByRole('button', { name: 'Connect', exact: true }).count()).toBe(1)
    expect(await page.getByText('asks for authorization by OAuth').count()).toBe(0)
    await page.getByRole('tab', { name: 'Refreshes' }).click()
    await page.locator('.refresh').getByRole('button', { expanded: false }).click()
    await page.locator('[data-refresh=FAILED]').waitFor()
    expect(await page.getByText('asks for authorization by OAuth').count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Connect', exact: true }).count()).toBe(1)
    await connect(page)

    await page.goto(`${serving.base}/runs/${await run(serving, 'admin')}`)
    await page.locator('[data-run=FAILED]').getByText('asks for more scopes (tools:admin)').waitFor()
    await page.goto(serving.base)
    await page.getByText('asks for more scopes: tools:admin').waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Grant more scopes' }).click()
    await page.getByRole('link', { name: 'Open the server in the console' }).click()
    await card(page, 'CONNECTED').getByText('tools:admin').waitFor()
    await card(page, 'CONNECTED').getByRole('button', { name: 'Connect again' }).waitFor()

    for (const { kind, value } of authorizationServer.issuedTokens)
      if (kind === 'refresh') authorizationServer.revoke(value)
    await page.goto(`${serving.base}/runs/${await run(serving, 'echo')}`)
    await page.locator('[data-run=FAILED]').getByRole('button', { name: 'Connect again' }).waitFor()
    await page.goto(`${serving.base}/servers/${id}`)
    await card(page, 'REAUTH_REQUIRED').getByText('invalid_grant').waitFor()
    await card(page, 'REAUTH_REQUIRED').getByText('Connect the server again').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('says what to set if the browser could not come back', async () => {
    await using upstream = await startProtected()
    const elsewhere = await serve({ publicUrl: 'https://toolyard.example' })
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${elsewhere.base}/servers/${await register(elsewhere, 'guarded', upstream)}`)
    await card(page, 'NOT_CONNECTED').getByRole('button', { name: 'Connect', exact: true }).click()
    await page.getByText('Open the console at https://toolyard.example, and connect there').waitFor()

    const scopes = new Set(['read', 'write', 'run'] as const)
    const authenticate = () => ({ id: 'any', tenant: 'default', scopes, expiresAt: null })
    const open = await serve({ host: '0.0.0.0', authenticate })
    const base = open.base.replace('0.0.0.0', '127.0.0.1')
    const id = await register({ url: `${base}/graphql` }, 'guarded', upstream)
    await page.goto(`${base}/servers/${id}`)
    await card(page, 'NOT_CONNECTED').getByRole('button', { name: 'Connect', exact: true }).click()
    await page.getByText('TOOLYARD_PUBLIC_URL').waitFor()
    expect(upstream.authorizationServer.requestsTo('authorize')).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('is accessible, and fits in 360 pixels', async () => {
    await using upstream = await startProtected()
    const serving = await serve()
    const id = await register(serving, 'guarded', upstream)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    const findings: string[] = []
    const look = async () => {
      findings.push(...(await findingsOf(page)))
      await page.setViewportSize({ width: 360, height: 740 })
      expect(`${page.url()} ${await page.evaluate('document.documentElement.scrollWidth')}`).toBe(`${page.url()} 360`)
      await page.setViewportSize({ width: 1200, height: 800 })
    }
    await page.goto(serving.base)
    await page.getByText('requires authorization').waitFor()
    await look()
    await page.goto(`${serving.base}/servers/${id}`)
    await card(page, 'NOT_CONNECTED').waitFor()
    await look()
    await connect(page)
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()
    await look()
    await page.goto(`${serving.base}/servers/new`)
    await page.getByText('HTTP', { exact: true }).click()
    await page.getByText('OAuth', { exact: true }).click()
    await page.getByText('Advanced OAuth settings').click()
    await page.getByRole('textbox', { name: 'Private key' }).fill('a key')
    await look()
    await page.getByLabel('Grant').first().click()
    await page.getByRole('option', { name: /Enterprise-managed/ }).click()
    await look()
    expect(findings).toEqual([])
  })
})

describeConsole('OAuth in the form of a server', ({ serve, openTab }) => {
  it('shows errors at their fields, hides secrets, and survives a change of the transport', async () => {
    await using upstream = await startProtected()
    const serving = await serve()
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/new`)
    await page.getByLabel('Name', { exact: false }).first().fill('guarded')
    await page.getByText('HTTP', { exact: true }).click()
    await page.getByLabel('URL').fill(upstream.url)
    await page.getByText('OAuth', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Client secret' }).fill('a-secret-of-the-client')
    await page.getByRole('button', { name: 'Add server' }).click()
    const clientId = page.getByRole('textbox', { name: 'Client id' })
    await page.getByText('expected the client id of clientSecret').waitFor()
    expect(await clientId.getAttribute('aria-invalid')).toBe('true')
    await clientId.fill('by-hand')
    const advanced = page.locator('details').filter({ hasText: 'Advanced OAuth settings' })
    await advanced.getByText('Advanced OAuth settings').click()
    await page.getByRole('textbox', { name: 'Issuer' }).fill('nothing of the kind')
    await advanced.getByText('Advanced OAuth settings').click()
    await page.getByRole('textbox', { name: 'Issuer' }).waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Add server' }).click()
    await advanced.getByText('expected an absolute URL').waitFor()
    await page.getByRole('textbox', { name: 'Issuer' }).fill(upstream.authorizationServer.issuer)
    await page.getByLabel('Scopes').first().fill('tools:call ')
    await page.getByRole('button', { name: 'Add server' }).click()
    await card(page, 'NOT_CONNECTED').getByText('by-hand').waitFor()
    await card(page, 'NOT_CONNECTED').getByText('registered by hand').waitFor()

    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByText('The stored settings of OAuth are kept').waitFor()
    expect(await page.content()).not.toContain('a-secret-of-the-client')
    await page.getByLabel('Description').fill('Described')
    await page.getByRole('button', { name: 'Save' }).click()
    await card(page, 'NOT_CONNECTED').getByText('by-hand').waitFor()

    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByText('SSE', { exact: true }).click()
    await page.getByText('These fields replace all stored settings of OAuth').waitFor()
    expect(await clientId.inputValue()).toBe('by-hand')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.facts').getByText('SSE', { exact: true }).waitFor()
    await card(page, 'NOT_CONNECTED').getByText('by-hand').waitFor()

    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByText('None', { exact: true }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('tab', { name: 'Configuration' }).click()
    await page.locator('.properties > div').filter({ hasText: 'Authenticationnone' }).waitFor()
    expect(tab.faults).toEqual([])
  })
})
