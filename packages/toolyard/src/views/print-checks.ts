import type { Check, CheckArea } from '../doctor/check.ts'
import type { CheckStatus } from '../doctor/findings.ts'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'

const headings: Readonly<Record<CheckArea, string>> = {
  PROGRAM: 'Program',
  SERVER: 'Server',
  SETTINGS: 'Settings',
  DATABASE: 'Database',
  SECRET_KEY: 'Secret key',
  POLICIES: 'Policies',
  MCP_SERVERS: 'MCP servers',
}
const signs = { OK: '✓', WARNING: '!', ERROR: '✗' } as const satisfies Readonly<Record<CheckStatus, string>>
const styles = { OK: 'green', WARNING: 'yellow', ERROR: 'red' } as const satisfies Readonly<Record<CheckStatus, string>>

/** Prints checks as they come, under the heading of their area. */
export function createCheckPrinter(output: Output): (check: Check) => void {
  let current: CheckArea | undefined
  return ({ area, subject, status, message, advice }) => {
    if (area !== current) output.print(`${current === undefined ? '' : '\n'}${output.style('bold', headings[area])}`)
    current = area
    output.print(`  ${output.style(styles[status], signs[status])} ${printable(subject)}: ${printable(message)}`)
    if (advice !== null) output.print(`      → ${printable(advice)}`)
  }
}

const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`

/** Prints the last line, which counts the findings. */
export function printSummary(output: Output, checks: readonly Check[]): void {
  const of = (status: CheckStatus) => checks.filter((check) => check.status === status).length
  const [errors, warnings] = [of('ERROR'), of('WARNING')]
  const status = errors > 0 ? 'ERROR' : warnings > 0 ? 'WARNING' : 'OK'
  const found = [...(errors > 0 ? [count(errors, 'error')] : []), ...(warnings > 0 ? [count(warnings, 'warning')] : [])]
  output.print(`\n${count(checks.length, 'check')}: ${output.style(styles[status], found.join(', ') || 'all is well')}`)
}
