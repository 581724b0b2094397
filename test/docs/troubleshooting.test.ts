import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pages, root } from './pages.ts'

const sources = globSync('packages/*/src/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => readFileSync(`${root}/${path}`, 'utf8'))
  .join('\n')

/** The fixed parts of a message: what is between numbers, quotes and other words that the code fills in. */
const partsOf = (message: string) =>
  message
    .split(/…|"[^"]*"|https?:\/\/\S+|\([^)]*\)|: |\d+|\b(?:\w+Ms|start|reach)\b/)
    .map((part) => part.trim())
    .filter((part) => part.length > 5)

const page = pages.find(({ path }) => path === 'docs/troubleshooting.md')
const messages = (page?.text ?? '')
  .split('\n')
  .filter((line) => /^(###|\|) /.test(line))
  .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message))
  .filter((message) => /^(?![{\w]*:\/\/)[^|]* [^|]*$/.test(message) && partsOf(message).length > 0)

describe('the messages of docs/troubleshooting.md', () => {
  it.for(messages)('are those of the code: %s', (message) => {
    expect(partsOf(message).filter((part) => !sources.includes(part))).toEqual([])
  })

  it('are looked for', () => expect(messages.length).toBeGreaterThan(12))
})
