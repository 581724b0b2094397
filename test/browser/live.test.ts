import { join } from 'node:path'
import { expect, it } from 'vitest'
import { behaviourTool, behaviourTools, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { refreshAndWait, register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

describeConsole('the console and changes made elsewhere', (tests) => {
  const { serve, openTab } = tests

  it('shows why a refresh failed when its server dies midway, and the next one as succeeded', async () => {
    const { promise: isListing, resolve: listing } = Promise.withResolvers<void>()
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    const id = await register(serving, 'mortal', fixture)
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/servers/${id}`)
    await page.locator('[data-refresh=SUCCEEDED]').waitFor()

    fixture.setTools((cursor) => {
      if (cursor === undefined) return { tools: [behaviourTool('echo')], nextCursor: 'second' }
      listing()
      return new Promise(() => undefined)
    })
    await page.getByRole('button', { name: 'Refresh' }).click()
    await isListing
    await page.locator('[data-refresh=RUNNING] [data-state=now]').filter({ hasText: 'List tools' }).waitFor()
    await fixture.close()
    await page.locator('[data-refresh=FAILED]').getByText('Refresh failed. Tools unchanged').waitFor()
    await page.locator('.tool-row').filter({ hasText: 'echo' }).waitFor()

    await using again = await startFixture({ port: fixture.port, tools: behaviourTools })
    expect(again.port).toBe(fixture.port)
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page
      .locator('[data-refresh=SUCCEEDED]')
      .getByText(`${behaviourTools.length - 1} added`)
      .waitFor()
    expect(tab.faults).toEqual([])
  })

  it('reports an outage, keeps typed input, and catches up after it', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const database = ['--database-url', `sqlite:${join(tests.programs.folder, 'killed.db')}`]
    const first = await tests.programs.serve(database)
    const port = new URL(first.base).port
    await register(first, 'lasting', fixture)
    await using tab = await openTab()
    await using other = await openTab()
    const { page } = tab
    await page.goto(`${first.base}/import`)
    await other.page.goto(first.base)
    await other.page.locator('[data-server=lasting]').waitFor()
    await page.locator('[data-connection=LIVE]').waitFor()
    await page.getByLabel('Configuration').fill('{ "half": ')

    first.child.kill('SIGKILL')
    await first.exit
    await page.getByText('API unavailable').waitFor()
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText('Nothing you typed is lost').waitFor()
    expect(await page.getByLabel('Configuration').inputValue()).toBe('{ "half": ')

    const second = await tests.programs.serve([...database, '--port', port])
    await register(second, 'meanwhile', fixture)
    await page.locator('[data-connection=LIVE]').waitFor()
    await page.getByText('API unavailable').waitFor({ state: 'detached' })
    await other.page.locator('[data-server=meanwhile]').getByText('1 tool').waitFor()
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  it('opens by itself once the API becomes reachable', async () => {
    const first = await serve()
    await using tab = await openTab()
    const { page } = tab
    await page.route('**/graphql', (route) => route.abort())
    await page.goto(first.base)
    await page.getByText('The API cannot be reached').waitFor()
    await page.unroute('**/graphql')
    await page.getByText('No servers yet').waitFor()
  })

  it('shows the same in two windows', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await using one = await openTab()
    await using other = await openTab()
    await one.page.goto(serving.base)
    await other.page.goto(serving.base)
    await other.page.getByText('No servers yet').waitFor()
    await one.page.locator('[data-connection=LIVE]').waitFor()
    await other.page.locator('[data-connection=LIVE]').waitFor()

    const id = await register(serving, 'shared', fixture)
    for (const { page } of [one, other]) await page.locator('[data-server=shared]').getByText('Ready').waitFor()
    await one.page.getByRole('link', { name: 'shared' }).click()
    await other.page.getByRole('link', { name: 'shared' }).click()
    fixture.setTools([behaviourTool('echo'), behaviourTool('add')])
    await one.page.getByRole('button', { name: 'Refresh' }).click()
    for (const { page } of [one, other]) {
      await page.locator('[data-refresh=SUCCEEDED]').getByText('1 added').waitFor()
      await page.locator('.tool-row').filter({ hasText: 'add' }).waitFor()
    }
    fixture.setTools([behaviourTool('add')])
    await refreshAndWait(serving, id)
    for (const { page } of [one, other])
      await page.locator('.tool-row').filter({ hasText: 'echo' }).waitFor({ state: 'detached' })
    const { promise: isListed, resolve: list } = Promise.withResolvers<void>()
    fixture.setTools(async () => {
      await isListed
      return { tools: [behaviourTool('add')] }
    })
    const unchanged = refreshAndWait(serving, id)
    for (const { page } of [one, other]) await page.locator('[data-refresh=RUNNING]').waitFor()
    list()
    await unchanged
    for (const { page } of [one, other])
      await page.locator('[data-refresh=SUCCEEDED]').getByText('No changes, 1 unchanged').waitFor()
    await one.page.getByRole('button', { name: 'Delete' }).click()
    await one.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await other.page.getByText('There is no such server').waitFor()
    expect([...one.faults, ...other.faults]).toEqual([])
  })
})
