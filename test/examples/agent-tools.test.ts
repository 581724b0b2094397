import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../packages/examples/agent-tools/main.ts', import.meta.url))

it('the example agent-tools runs two tools, one of them approved, aborts a third, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main])
  const lines = stdout.split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'everything__toggle-simulated-logging needs approval, and gets it',
      'model: The sum is 42, and the log is on.',
      'the long task: AbortError',
      'run of get-sum: SUCCEEDED',
      'run of toggle-simulated-logging: SUCCEEDED',
      'run of trigger-long-running-operation: CANCELED',
    ]),
  )
  for (const member of ['"parameters"', '"input_schema"', '"parametersJsonSchema"']) expect(stdout).toContain(member)
})
