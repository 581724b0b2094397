import { parseArgs } from 'node:util'
import { attackNames, type SiegeReport, siege, tableOf } from './siege.ts'

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

const sieges = values.each ? attacks.map((name) => [name]) : [attacks]
const reports: SiegeReport[] = []
for (const names of sieges) {
  const report = await siege({ attacks: names, seconds: Number(values.seconds) })
  for (const text of report.broken) process.stderr.write(text)
  reports.push(report)
}
process.stdout.write(`${tableOf(reports)}\n`)
