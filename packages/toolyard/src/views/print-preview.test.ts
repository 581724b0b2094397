import { expect, it } from 'vitest'
import type { Output } from '../output/output.ts'
import { printPreview } from './print-preview.ts'

const unchanged = {
  added: [],
  updated: [],
  deleted: [],
  addedCount: 0,
  updatedCount: 0,
  deletedCount: 0,
  unchangedCount: 0,
  rejected: [],
  error: null,
}

it('tells what a refresh would change, and nothing in the names steers the terminal', () => {
  const lines: string[] = []
  const output: Pick<Output, 'print' | 'style' | 'isTerminal'> = {
    isTerminal: false,
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
    resources: { ...unchanged, added: ['file:///\u{1b}[2J'], addedCount: 3 },
    resourceTemplates: { ...unchanged, error: { code: 'PROTOCOL_ERROR', message: 'no list' } },
    prompts: { ...unchanged, deleted: ['greet'], deletedCount: 1, rejected: [{ name: '#1', reason: 'odd' }] },
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
    '  + resource file:///⟨U+001B⟩[2J',
    '  … and 2 more',
    '  ! resource templates: PROTOCOL_ERROR: no list',
    '  − prompt greet',
    '  ! prompt #1  rejected: odd',
  ])
})
