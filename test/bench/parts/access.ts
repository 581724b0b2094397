import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addOverGraphql, registerOverGraphql } from '../contenders/graphql.ts'
import type { Fixture } from '../fixture/start.ts'
import { startGraphql } from '../graphql-service.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const program = fileURLToPath(new URL('../../../packages/toolyard/bin/toolyard.js', import.meta.url))
/** So high that the bench never comes to it. */
const rate = '900000000/900000000'
const open = ['--rate', 'none', '--max-cost', 'none', '--max-depth', 'none', '--max-aliases', 'none']

function addKey(file: string): string {
  const args = ['keys', 'add', '--tenant', 'default', '--scopes', 'read,run,write', '--file', file, '--json']
  const { key }: { key: string } = JSON.parse(execFileSync(process.execPath, [program, ...args], { encoding: 'utf8' }))
  return key
}

/** What it costs a run to be asked for with a key, and within limits. */
export async function measureAccess(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 16 } = settings
  await using stack = new AsyncDisposableStack()
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const keyFile = join(folder.path, 'keys.json')
  const key = addKey(keyFile)
  const subject = async (name: string, flags: readonly string[], ownKey?: string): Promise<Subject> => {
    const service = await startGraphql(join(folder.path, `${name}.db`), { flags, key: ownKey })
    stack.defer(service.close)
    const id = await registerOverGraphql(service, fixture.http)
    return {
      name,
      cpu: service.cpu,
      async run() {
        const answer = await addOverGraphql(service, id, 1, 2)
        if (answer !== '3') throw new Error(`GraphQL answered ${answer} for 1 + 2`)
      },
    }
  }
  const subjects = [
    await subject('neither keys nor limits', open),
    await subject('keys and limits', ['--api-keys', keyFile, '--network', '*', '--rate', rate], key),
  ]
  const plan = { rounds, sliceMs: isQuick ? 100 : 300, warmUpMs: isQuick ? 200 : 2_000 }
  return [await interleave('runs over GraphQL, with keys and limits', subjects, plan)]
}
