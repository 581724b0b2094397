import { once } from 'node:events'
import { type Attack, createAttacker, type Target } from './attack.ts'

/** Run as `node attacker.ts ATTACK TARGET` with a channel: attacks from the answer to its message until the channel closes. */

const [name = '', target = ''] = process.argv.slice(2)
const ending = new AbortController()
process.once('disconnect', () => ending.abort())

const { attack }: { readonly attack: Attack } = await import(`./attacks/${name}.ts`)
// As the siege gives it.
const goal = JSON.parse(target) as Target

async function begin(): Promise<void> {
  process.send?.('ready')
  await once(process, 'message', { signal: ending.signal })
}

try {
  await attack(createAttacker(goal, ending.signal, begin), ending.signal)
} catch (error) {
  if (!ending.signal.aborted) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  }
}
process.exit(0)
