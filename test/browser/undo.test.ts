import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

interface Known {
  readonly mcpTools: {
    readonly nodes: readonly {
      readonly name: string
      readonly enabled: boolean
      readonly approvalPolicy: string | null
      readonly quarantine: object | null
      readonly server: { readonly enabled: boolean }
    }[]
  }
}

/** What the API has of the only tool. */
async function stored(serving: { readonly url: string }): Promise<Known['mcpTools']['nodes'][number] | undefined> {
  const query = `{ mcpTools(first: 1) {
    nodes { name enabled approvalPolicy quarantine { kind } server { ... on McpServerBase { enabled } } }
  } }`
  // The query selects exactly these fields.
  return ((await ask(serving, query)) as Known).mcpTools.nodes[0]
}

describeConsole('undo in the console', ({ serve, openTab }) => {
  it('of an approval is possible before it is sent, and leaving the page sends it', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'watched', fixture, { toolChangePolicy: 'QUARANTINE' })
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/approvals`)
    const approve = page.getByRole('button', { name: 'Approve echo' })
    const toasts = page.getByRole('region', { name: 'Notifications' })
    await approve.click()
    await toasts.getByText('Approving echo').waitFor()
    expect(await page.getByRole('button', { name: 'Approving echo' }).isDisabled()).toBe(true)
    // The time stands still meanwhile.
    await toasts.hover()
    expect(await findingsOf(page)).toEqual([])
    expect((await stored(serving))?.quarantine).not.toBeNull()
    await toasts.getByRole('button', { name: 'Undo' }).click()
    await toasts.getByText('Approving echo').waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.id')).toBe('content')

    await approve.click()
    await toasts.getByText('Approving echo').waitFor()
    await page.mouse.move(0, 0)
    await page.keyboard.press('u')
    await toasts.getByText('Approving echo').waitFor({ state: 'detached' })
    expect((await stored(serving))?.quarantine).not.toBeNull()

    // Another view of the page keeps it held; another page sends it.
    await approve.click()
    await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click()
    await page.getByText('No runs').waitFor()
    expect((await stored(serving))?.quarantine).not.toBeNull()
    await page.goto('about:blank')
    await expect.poll(async () => (await stored(serving))?.quarantine).toBeNull()
    expect(tab.faults).toEqual([])
  })

  it('of a tool that was disabled, its approval policy, and a server does the opposite', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    const id = await register(serving, 'songs', fixture)
    await using tab = await openTab()
    const { page } = tab
    const toasts = page.getByRole('region', { name: 'Notifications' })
    const toast = (text: string) => toasts.locator('[data-toast]').filter({ hasText: text })
    await page.goto(`${serving.base}/servers/${id}`)
    await page.locator('.tool-row').click()
    const enabled = page.getByRole('switch', { name: 'Enabled' })
    await enabled.click()
    await toast('Disabled echo').waitFor()
    expect((await stored(serving))?.enabled).toBe(false)
    await toast('Disabled echo').getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => enabled.isChecked()).toBe(true)
    expect((await stored(serving))?.enabled).toBe(true)

    const policy = page.getByRole('combobox', { name: 'Runs need approval' })
    await policy.click()
    await page.getByRole('option', { name: 'Always' }).click()
    await toast('Runs of echo need approval: always').getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => policy.inputValue()).toBe('As its server: never')
    expect((await stored(serving))?.approvalPolicy).toBeNull()

    await page.goto(`${serving.base}/servers/${id}`)
    await enabled.click()
    await toast('Disabled songs').waitFor()
    // The toast outlives the view that showed it.
    await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click()
    await page.getByText('No runs').waitFor()
    expect((await stored(serving))?.server.enabled).toBe(false)
    await toast('Disabled songs').getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await stored(serving))?.server.enabled).toBe(true)
    expect(tab.faults).toEqual([])
  })

  it("of a server's policies sets back those that were changed, and no other", async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    const id = await register(serving, 'guarded', fixture)
    const policies = async () =>
      ask(
        serving,
        '{ mcpServers(first: 1) { nodes { ... on McpServerBase { name toolChangePolicy approvalPolicy } } } }',
      )
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/edit`)
    await page.getByRole('textbox', { name: 'Name' }).first().fill('renamed')
    for (const [field, value] of [
      ['New and changed tools', 'Hold for approval'],
      ['Runs need approval', 'Always'],
    ] as const) {
      await page.getByRole('combobox', { name: field }).click()
      await page.getByRole('option', { name: value }).click()
    }
    await page.getByRole('button', { name: 'Save' }).click()
    const toasts = page.getByRole('region', { name: 'Notifications' })
    await toasts.getByText('renamed: new and changed tools: hold for approval; runs need approval: always').waitFor()
    const of = (toolChangePolicy: string, approvalPolicy: string) => ({
      mcpServers: { nodes: [{ name: 'renamed', toolChangePolicy, approvalPolicy }] },
    })
    expect(await policies()).toEqual(of('QUARANTINE', 'ALWAYS'))
    await toasts.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(policies).toEqual(of('ACCEPT', 'NEVER'))
    expect(tab.faults).toEqual([])
  })
})
