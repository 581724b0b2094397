import { expect, it } from 'vitest'
import type { Output } from '../output/output.ts'
import { printPreview } from './print-preview.ts'

it('tells what a refresh would change, and nothing in the names steers the terminal', () => {
  const lines: string[] = []
  const output: Pick<Output, 'print' | 'style'> = {
    print: (text) => void lines.push(text),
    style: (_, text) => text,
  }
  printPreview(output, 'files', {
    __typename: 'PreviewMcpServerRefreshPayload',
    added: [{ name: 'new\u{1b}[2J' }],
    updated: [
      {
        tool: { name: 'read' },
        changes: [
          { pointer: '/description', before: 'a', after: 'b' },
          { pointer: '/inputSchema/required', before: null, after: ['a'] },
        ],
      },
    ],
    deleted: [{ name: 'old' }],
    unchangedCount: 7,
    rejected: [{ name: 'odd', reason: 'expected an object' }],
    listed: [
      {
        name: 'new\u{1b}[2J',
        schemaHealth: { status: 'STRICT_COMPLIANT', reasons: [] },
        warnings: [{ pointer: '/name', message: 'control characters: U+001B' }],
      },
    ],
    connectMs: 1,
    listMs: 1,
  })
  expect(lines).toEqual([
    'files: 1 added, 1 updated, 1 deleted, 7 unchanged; a dry run, nothing is stored',
    '  + new⟨U+001B⟩[2J',
    '  ~ read: /description, /inputSchema/required',
    '  ! new⟨U+001B⟩[2J/name: control characters: U+001B',
    '  - old',
    '  ✗ odd: expected an object',
  ])
})
