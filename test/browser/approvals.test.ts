import type { Caller, Scope } from '@toolyard/graphql'
import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { ask, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const run = `mutation ($args: JSONObject) {
  runMcpTool(input: { tool: { qualified: { server: "guarded", tool: "echo" } }, args: $args, wait: false }) {
    ... on RunMcpToolPayload { run { id status } }
    ... on UserError { message }
  }
}`

/** Starts a run as another client. Returns its id. */
async function start(serving: { readonly url: string }, message: string): Promise<string> {
  // The query selects exactly these fields.
  const data = (await ask(serving, run, { args: { message } })) as {
    readonly runMcpTool: { readonly run: { readonly id: string; readonly status: string } }
  }
  expect(data.runMcpTool.run.status).toBe('AWAITING_APPROVAL')
  return data.runMcpTool.run.id
}

describeConsole('runs that wait for an approval, in the console', ({ serve, openTab }) => {
  it('are shown first and live, with their args, and are approved or rejected with a reason', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'guarded', fixture, { approvalPolicy: 'ALWAYS' })
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(serving.base)
    await page.locator('[data-server=guarded]').waitFor()
    const first = await start(serving, 'a first message')
    await page.getByText('1 run waits for an approval').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Approvals 1' }).waitFor()
    await start(serving, 'a second message')
    await page.getByText('2 runs wait for an approval').click()

    const requests = page.getByRole('region', { name: 'Run of echo' })
    await requests.filter({ hasText: 'a first message' }).waitFor()
    expect(await requests.count()).toBe(2)
    expect(await findingsOf(page)).toEqual([])
    const second = requests.filter({ hasText: 'a second message' })
    await second.getByRole('textbox', { name: 'Reason' }).fill('not on a Friday')
    await second.getByRole('button', { name: 'Reject the run of guarded/echo' }).click()
    await second.waitFor({ state: 'detached' })
    expect(fixture.calls.filter(({ method }) => method === 'tools/call')).toEqual([])

    await requests.getByRole('link', { name: 'echo' }).click()
    await page.locator('[data-run=AWAITING_APPROVAL]').getByText('"a first message"').waitFor()
    expect(await page.getByText('"a first message"').count()).toBe(1)
    expect(new URL(page.url()).pathname).toBe(`/runs/${first}`)
    await page.getByRole('textbox', { name: 'Reason' }).fill('agreed')
    await page.getByRole('button', { name: 'Approve the run of guarded/echo' }).click()
    await page.locator('[data-run=SUCCEEDED]').getByText('Approved', { exact: false }).waitFor()
    await page.getByText(': agreed').waitFor()
    await page.getByRole('region', { name: 'Args' }).getByText('"a first message"').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Approvals', exact: true }).click()
    await page.getByText('No pending approvals').waitFor()

    await page.getByRole('link', { name: 'Runs' }).click()
    await page.locator('.run-row').filter({ hasText: 'Canceled' }).click()
    await page.getByText('Rejected: not on a Friday').waitFor()
    expect(tab.faults).toEqual([])
  })

  it('can be decided where the tool is run, by the policy that the page of the tool sets', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    const id = await register(serving, 'open', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}/edit`)
    await page.getByRole('combobox', { name: 'Runs need approval' }).click()
    await page.getByRole('option', { name: 'Always' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'open' }).waitFor()
    await page.locator('.tool-row').click()

    const policy = page.getByRole('combobox', { name: 'Runs need approval' })
    await expect.poll(() => policy.inputValue()).toBe('As its server: always')
    const execute = async () => {
      await page.getByRole('textbox', { name: 'message' }).fill('said once')
      await page.getByRole('button', { name: 'Run', exact: true }).click()
    }
    await execute()
    await page.locator('[data-run=AWAITING_APPROVAL]').waitFor()
    await page.getByRole('button', { name: 'Approve the run of open/echo' }).click()
    await page.locator('[data-run=SUCCEEDED]').getByText('said once').first().waitFor()

    await policy.click()
    await page.getByRole('option', { name: 'Never' }).click()
    await expect.poll(() => policy.inputValue()).toBe('Never')
    await page.reload()
    await expect.poll(() => policy.inputValue()).toBe('Never')
    await execute()
    await page.locator('[data-run=SUCCEEDED]').getByText('said once').first().waitFor()
    expect(tab.faults).toEqual([])
  })

  it('cannot be decided by the key that started them or lacks the scope, and the page says so beforehand', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const keys: Readonly<Record<string, readonly Scope[]>> = {
      owner: ['read', 'run', 'write', 'admin'],
      worker: ['read', 'run'],
    }
    const serving = await serve({
      authenticate({ authorization = '' }): Caller | undefined {
        const id = authorization.replace('Bearer ', '')
        const scopes = keys[id]
        return scopes && { tenant: 'default', id, scopes: new Set(scopes), expiresAt: null }
      },
    })
    await using tab = await openTab()
    const { page } = tab
    await page.goto(serving.base)
    await page.getByLabel('API key', { exact: true }).fill('owner')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('No servers yet').waitFor()
    await page.getByRole('link', { name: 'Add a server' }).click()
    await page.getByLabel('Name', { exact: false }).first().fill('guarded')
    await page.getByText('HTTP', { exact: true }).click()
    await page.getByLabel('URL').fill(fixture.url)
    await page.getByRole('combobox', { name: 'Runs need approval' }).click()
    await page.getByRole('option', { name: 'Always' }).click()
    await page.getByRole('button', { name: 'Add server' }).click()
    await page.locator('.tool-row').click()
    await page.getByRole('textbox', { name: 'message' }).fill('mine')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const approve = page.getByRole('button', { name: 'Approve the run of guarded/echo' })
    await page.getByText('This API key started the run, and may not decide it.').waitFor()
    expect(await approve.isDisabled()).toBe(true)
    await page.locator('[data-run=AWAITING_APPROVAL]').waitFor()

    await using worker = await openTab()
    await worker.page.goto(`${serving.base}/approvals`)
    await worker.page.getByLabel('API key', { exact: true }).fill('worker')
    await worker.page.getByRole('button', { name: 'Continue' }).click()
    await worker.page.getByText('Started by owner.').waitFor()
    await worker.page.getByText('This API key lacks the scope write').waitFor()
    expect(await worker.page.getByRole('button', { name: 'Reject the run of guarded/echo' }).isDisabled()).toBe(true)
    expect([...tab.faults, ...worker.faults]).toEqual([])
  })
})
