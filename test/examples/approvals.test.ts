import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../packages/examples/approvals/main.ts', import.meta.url))

it('the example approvals decides and answers runs through the library and GraphQL, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main])
  expect(stdout.split('\n')).toEqual([
    'library: delete_branch {"name":"old"} needs an approval, and gets it',
    'library: delete_branch SUCCEEDED: old is deleted',
    'library: release asks: Release which branch?',
    'library: release SUCCEEDED: main is released, and subscribers are notified',
    expect.stringMatching(/^library: refused: The answer to "branch" does not fit: \/branch: /),
    'library: release SUCCEEDED',
    'GraphQL: delete_branch {"name":"main"} needs an approval, and is rejected',
    'GraphQL: delete_branch CANCELED: Rejected: not on a Friday',
    'GraphQL: release asks: Release which branch?',
    'GraphQL: release SUCCEEDED: next is released',
    '5 runs: SUCCEEDED, SUCCEEDED, SUCCEEDED, CANCELED, SUCCEEDED',
    '',
  ])
})
