import { type Budget, budgetTable } from '../packages/core/src/budgets/budget-table.ts'
import { budgetSettings } from '../packages/toolyard/src/settings/budget-settings.ts'
import { limitSettings } from '../packages/toolyard/src/settings/limit-settings.ts'
import type { Setting } from '../packages/toolyard/src/settings/setting.ts'

const cell = (text: string) => text.replaceAll(/[|*]/g, '\\$&')
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

const binary = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
] as const

function inUnits({ unit, default: value }: Budget): string {
  const [size, name] = (unit === 'bytes' && binary.find(([each]) => value % each === 0)) || [1, unit]
  return `${(value / size).toLocaleString('en')} ${name}`
}

function table(): string {
  const ofApi = Object.entries<Setting<unknown>>(limitSettings).map(
    ([name, { variable, fallback, keyedFallback, description }]) =>
      `| \`${name}\` | \`${fallback}\`${keyedFallback === undefined ? '' : `; with keys \`${keyedFallback}\``} | ${sentence(cell(description))}. | \`${variable}\` |`,
  )
  const ofRegistry = [...budgetSettings].map(
    ([name, { variable }]) =>
      `| \`${name}\` | ${inUnits(budgetTable[name])} | ${sentence(cell(budgetTable[name].bounds))}. | \`${variable}\` |`,
  )
  const head = (title: string) =>
    `**${title}**\n\n| limit | default | what it bounds | setting |\n| --- | --- | --- | --- |\n`
  return [
    `${head('Clients of the API')}${ofApi.join('\n')}\n`,
    `${head('MCP servers, and what tenants ask of them')}${ofRegistry.join('\n')}\n`,
  ].join('\n')
}

const region = /(<!-- limits:[^>]*-->\n)[\s\S]*?(<!-- end of limits -->)/

/** docs/operations.md with the table of all limits, from the code that holds them. */
export function withLimits(page: string): string {
  if (!region.test(page)) throw new Error('docs/operations.md: expected the marks of the limits, found none')
  return page.replace(region, (_, begin: string, end: string) => `${begin}\n${table()}\n${end}`)
}
