import { globSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './pages.ts'

const patterns = [
  '*.md',
  '.changeset/*.md',
  'docs/*.md',
  'docs/site/*.ts',
  'packages/*/{README.md,*.graphql}',
  'packages/*/src/**/*.{ts,md}',
  'packages/examples/**/*.{ts,md}',
  'packages/toolyard/console/{README.md,*.ts,*.html}',
  'packages/toolyard/console/src/**/*.{ts,tsx,css}',
  'scripts/**/*.{ts,js,sh}',
  'test/**/*.{ts,tsx,md}',
]

/** Prefixes of paths that are not checked: this file, and what records the past. */
const exempt = ['test/docs/words.test.ts', 'test/storage/databases/', 'CHANGELOG.md']

function isChecked(path: string): boolean {
  return (
    !path.includes('node_modules/') && !path.includes('/dist/') && !exempt.some((prefix) => path.startsWith(prefix))
  )
}

const paths = globSync(patterns, { cwd: root })
  .map((path) => path.replaceAll(sep, '/'))
  .filter(isChecked)
  .toSorted()

const words = 'whoever|somebody|nobody|everybody|anybody'
const quote = '[\'"`]'

/** Words that leave the actor open. A value alone in quotes is allowed, because code has to name values it once accepted. */
const vague = new RegExp(`(?<!${quote})\\b(?:${words})\\b|\\b(?:${words})\\b(?!${quote})|\\bis none\\b`, 'i')

it('names the actor: caller, client, node, registry, subscriber or operator', () => {
  expect(paths.length).toBeGreaterThan(500)
  const found = paths.flatMap((path) =>
    readFileSync(`${root}/${path}`, 'utf8')
      .split('\n')
      .flatMap((line, index) => (vague.test(line) ? [`${path}:${index + 1}: ${vague.exec(line)?.[0]}`] : [])),
  )
  expect(found).toEqual([])
})
