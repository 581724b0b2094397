import { expect, it } from 'vitest'
import { targetOf } from './entry-target.ts'

const targetOfUrl = (url: string) =>
  targetOf({ transport: 'streamableHttp', serverUrl: [url], headers: [], auth: null })

it.each([
  ['https://example.com/mcp?a=b', 'https://example.com/mcp?a=b'],
  ['https://example.com/@scope/server', 'https://example.com/@scope/server'],
  ['https://me:secret@example.com/mcp', 'https://…@example.com/mcp'],
  ['https://me:se/cret@example.com/mcp', 'https://…@example.com/mcp'],
  ['https://me:se?cr#et@example.com/mcp', 'https://…@example.com/mcp'],
  ['https://me:se@cret@example.com/mcp', 'https://…@example.com/mcp'],
  ['https://:secret@example.com/mcp', 'https://…@example.com/mcp'],
  ['https://secret@example.com/mcp', 'https://…@example.com/mcp'],
  ['http:,//me:se/cret@example.com/', '…@example.com/'],
  ['http:/me:secret@example.com/', '…@example.com/'],
  ['me:secret@example.com/mcp', '…@example.com/mcp'],
  // A token in the place of the URL.
  ['canary+secret/7f3a', '…'],
  ['secret:7f3a', '…'],
])('the target of %s has no user name or password', (url, target) => {
  expect(targetOfUrl(url)).toBe(target)
})

it('the target of a URL in a variable names the variable', () => {
  const serverUrl = [{ name: 'BASE', fallback: null }, '/mcp']
  expect(targetOf({ transport: 'streamableHttp', serverUrl, headers: [], auth: null })).toBe(`\${BASE}/mcp`)
})
