import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { findingsOf } from './axe.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

/** A variable, in the notation of clients. */
const key = '$'.concat('{KEY}')

describeConsole('an import in the console', ({ serve, openTab }) => {
  it('comes from a file, and says the command or URL of each entry, and why one is skipped', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    await register(serving, 'taken', fixture)
    await using tab = await openTab({ colorScheme: 'light', reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto(`${serving.base}/import`)
    const mcpServers = {
      taken: { command: 'node', args: ['server.js'] },
      fresh: { url: `${fixture.url}?key=${key}` },
      broken: {},
    }
    const choosing = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'File' }).click()
    await (await choosing).setFiles({
      name: 'mcp.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ mcpServers })),
    })
    await expect.poll(() => page.getByLabel('Configuration').inputValue()).toContain('server.js')
    await page.getByRole('button', { name: 'Preview' }).click()
    const entry = (name: string) => page.getByRole('listitem').filter({ hasText: name })
    await entry('taken').getByText('node server.js').waitFor()
    await entry('taken').getByText('A server has this name already').waitFor()
    await entry('fresh').getByText(`${fixture.url}?key=${key}`).waitFor()
    await entry('broken').getByText('needs one of: command, url').waitFor()
    expect(await findingsOf(page)).toEqual([])
    expect(tab.faults).toEqual([])
  })

  it('comes from the official registry, whose refusal stands at the field', async () => {
    const serving = await serve()
    await using tab = await openTab()
    const { page } = tab
    await page.goto(`${serving.base}/import`)
    await page.getByText('Official registry', { exact: true }).click()
    const name = page.getByRole('textbox', { name: 'Name in the registry' })
    // Rejected before anything is asked.
    await name.fill('n'.repeat(2_000))
    await page.getByRole('button', { name: 'Preview' }).click()
    await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true')
    expect(tab.faults).toEqual([])
  })
})
