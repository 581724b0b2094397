import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { finding } from './check.ts'
import { findingKinds } from './findings.ts'

describe('a finding', () => {
  it('has the status and the advice of its code, with the facts filled in', () => {
    const check = finding('COMMAND_NOT_FOUND', 'MCP_SERVERS', 'files', 'npx was not found', { package: 'Node.js' })
    expect(check).toEqual({
      area: 'MCP_SERVERS',
      subject: 'files',
      status: 'ERROR',
      code: 'COMMAND_NOT_FOUND',
      message: 'npx was not found',
      advice:
        'install Node.js where toolyard runs, or give the absolute path of the command with toolyard update files',
    })
  })

  it('takes a fact as it is, braces included', () => {
    const command = '{subject} $& {command}'
    const { advice } = finding('ALLOWED_COMMAND_MISSING', 'POLICIES', 'S', 'm', { command })
    expect(advice).toBe(`install ${command}, or take it out of TOOLYARD_STDIO`)
  })
})

it('docs/doctor.md has every code with its status and its advice, and no other', () => {
  const docs = readFileSync(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8')
  const rows = [...docs.matchAll(/^\| `([A-Z_]+)` \| (\w+) \| .* \| (.*) \|$/gm)].map(([, ...cells]) => cells)
  const kinds = Object.entries(findingKinds).map(([code, { status, advice }]) => [code, status, advice])
  expect(rows.toSorted()).toEqual(kinds.toSorted())
})
