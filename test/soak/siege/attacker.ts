import { type Attack, createAttacker, type Target } from './attack.ts'

/** Run as `node attacker.ts ATTACK TARGET` with a channel: attacks until the channel closes, or the time is up. */

const [name = '', target = ''] = process.argv.slice(2)
const ending = new AbortController()
process.once('disconnect', () => ending.abort())

const { attack }: { readonly attack: Attack } = await import(`./attacks/${name}.ts`)
// As the siege gives it.
const goal = JSON.parse(target) as Target
try {
  await attack(createAttacker(goal, ending.signal), ending.signal)
} catch (error) {
  if (!ending.signal.aborted) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  }
}
process.exit(0)
