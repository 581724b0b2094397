import { parseArgs } from 'node:util'
import { attackNames, siege, tableOf } from './siege.ts'

/** `node test/soak/siege/main.ts [--only hanging,large-args] [--each] [--seconds 60]`: prints a row for each siege. */

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    each: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
  },
})
const attacks = values.only?.split(',') ?? attackNames
const unknown = attacks.filter((name) => !attackNames.includes(name))
if (unknown.length > 0) throw new Error(`--only: expected some of ${attackNames.join(', ')}, got ${unknown.join(', ')}`)

// What it has started ends with it.
const ending = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())

for (const names of values.each ? attacks.map((name) => [name]) : [attacks]) {
  const report = await siege({ attacks: names, seconds: Number(values.seconds), signal: ending.signal })
  for (const text of report.broken) process.stderr.write(`${text}\n`)
  process.stdout.write(`${tableOf([report])}\n`)
}
