import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { refusal } from '../queries/exit-codes.ts'

export const importMutation = graphql(
  `mutation Import($input: ImportMcpServersInput!) {
    importMcpServers(input: $input) {
      __typename
      ... on ImportMcpServersPayload {
        detectedFormat
        entries {
          name
          outcome
          ignored
          notes
          error { code message path }
          server { ... on McpServerBase { id name latestRefresh { id status } } }
        }
        requiredVariables { name description required secret default }
      }
      ...Refusal
    }
  }`,
  [refusal],
)
type Payload = Extract<ResultOf<typeof importMutation>['importMcpServers'], { __typename: 'ImportMcpServersPayload' }>

/** The outcome of one source, or of its dry run. */
export interface ImportReport extends Omit<Payload, '__typename'> {
  /** The name of the source for people. */
  readonly source: string
}
/** A source of which nothing could be imported. */
export interface FailedSource {
  readonly source: string
  readonly error: string
}
export type SourceReport = ImportReport | FailedSource
export const hasEntries = (report: SourceReport): report is ImportReport => 'entries' in report

export type ImportVariable = Payload['requiredVariables'][number]

const inWords: Readonly<Record<Payload['entries'][number]['outcome'], string>> = {
  CREATED: 'created',
  UPDATED: 'updated',
  SKIPPED: 'skipped, as the name exists',
  WOULD_CREATE: 'would be created',
  WOULD_UPDATE: 'would be updated',
  FAILED: 'failed',
}

function styleOf(outcome: keyof typeof inWords) {
  if (outcome === 'FAILED') return 'red'
  return outcome === 'SKIPPED' ? 'yellow' : 'green'
}

/** Prints the entries of each source, with their errors and what was left out. */
export function printReports(output: Output, reports: readonly SourceReport[]): void {
  for (const report of reports) {
    if (!hasEntries(report)) {
      output.print(
        `${output.style('bold', printable(report.source))}: ${output.style('red', 'failed')}: ${printable(report.error)}`,
      )
      continue
    }
    const { source, detectedFormat, entries } = report
    output.print(output.style('bold', `${printable(source)} (${detectedFormat.toLowerCase().replaceAll('_', '-')})`))
    if (entries.length === 0) output.print('  no servers')
    for (const { name, outcome, error, ignored, notes } of entries) {
      const state = output.style(styleOf(outcome), inWords[outcome])
      output.print(`  ${printable(name)}: ${state}${error ? `: ${printable(error.message)}` : ''}`)
      if (ignored.length > 0) output.print(`    left out (no counterpart): ${printable(ignored.join(', '))}`)
      for (const note of notes) output.print(`    ${printable(note)}`)
    }
  }
}

/** The required variables without a value, each once. */
export function missingVariables(reports: readonly SourceReport[]): readonly ImportVariable[] {
  const byName = new Map(
    reports.filter(hasEntries).flatMap(({ requiredVariables }) => requiredVariables.map((each) => [each.name, each])),
  )
  return [...byName.values()].filter(({ required }) => required)
}

export function printMissing(output: Output, variables: readonly ImportVariable[]): void {
  if (variables.length === 0) return
  output.print(output.style('bold', 'Variables without a value'))
  for (const { name, description } of variables) {
    output.print(`  ${printable(name)}${description === null ? '' : `: ${printable(description)}`}`)
  }
  output.print('  set them with --var NAME=VALUE, or take them from the environment with --var-env')
}
