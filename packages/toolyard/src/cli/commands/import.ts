import type { Command } from 'commander'
import { CommandError, type ExitCode, exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import {
  createSecretReader,
  type NamedText,
  namedText,
  type SecretInput,
  secretForms,
} from '../../flags/secret-flags.ts'
import {
  hasEntries,
  type ImportReport,
  importMutation,
  missingVariables,
  printMissing,
  printReports,
  type SourceReport,
} from '../../imports/import-report.ts'
import { importFormats, type NamedSource, readSources, type SourceFlags } from '../../imports/import-sources.ts'
import { followRefreshes } from '../../jobs/follow-refresh.ts'
import { printable } from '../../output/printable.ts'
import { payloadOf } from '../../queries/exit-codes.ts'
import { noteConnectHint } from '../../views/note-connect-hint.ts'
import { failureOf, noteStderr } from '../../views/refresh-lines.ts'

interface ImportFlags extends RegistryFlags, SourceFlags {
  readonly dryRun?: boolean
  readonly onConflict: string
  readonly var?: readonly NamedText[]
  readonly varEnv?: boolean
  readonly yes?: boolean
  /** False to wait for no refresh. */
  readonly refresh: boolean
}

const policies = { skip: 'SKIP', overwrite: 'OVERWRITE', rename: 'RENAME' } as const
type ConflictPolicy = (typeof policies)[keyof typeof policies]

interface ImportOptions {
  readonly dryRun: boolean
  readonly onConflict: ConflictPolicy
  readonly variables: readonly SecretInput[]
}

function policyOf(text: string): ConflictPolicy {
  const found = Object.entries(policies).find(([name]) => name === text)
  if (found) return found[1]
  throw new UsageError(`--on-conflict is "${text}", takes ${Object.keys(policies).join(', ')}`)
}

async function importSource(
  { client, signal }: CommandContext,
  { name, source }: Pick<NamedSource, 'name' | 'source'>,
  { dryRun, onConflict, variables }: ImportOptions,
): Promise<ImportReport> {
  if ('fault' in source) throw source.fault
  const input = { source, dryRun, onConflict, variables: [...variables] }
  const answer = await client.request(importMutation, { input }, { signal })
  try {
    const { __typename: _, ...report } = payloadOf(answer.importMcpServers)
    return { source: name, ...report }
  } catch (error) {
    // Names the file before the line and column.
    if (error instanceof CommandError)
      throw new CommandError(error.exitCode, `${name}: ${error.message}`, { cause: error })
    throw error
  }
}

async function importAll(context: CommandContext, sources: readonly NamedSource[], options: ImportOptions) {
  const reports: SourceReport[] = []
  // One after the other: which server gets a name depends on the order.
  for (const source of sources) {
    const report = await importSource(context, source, options).catch((error: unknown): SourceReport => {
      const isOfFile = error instanceof CommandError && error.exitCode === exitCodes.usage
      if (source.isFound && isOfFile)
        return { source: source.name, error: error.message.replace(`${source.name}: `, '') }
      throw error
    })
    reports.push(report)
  }
  return reports
}

/** The missing variables that the environment has. */
function fromEnvironment(reports: readonly SourceReport[], env: NodeJS.ProcessEnv): readonly SecretInput[] {
  return missingVariables(reports).flatMap(({ name }) => {
    const value = env[name]
    return value === undefined ? [] : [{ name, value: { literal: value } }]
  })
}

/** Asks for consent. Ctrl-C, Ctrl-D and an interruption of the command mean no. */
async function isAgreed({ process, signal }: CommandContext, count: number): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const left = new AbortController()
  // In the terminal's raw mode Ctrl-C is a key, and Ctrl-D the end.
  terminal.on('SIGINT', () => left.abort())
  terminal.on('close', () => left.abort())
  const leaving = AbortSignal.any([signal, left.signal])
  try {
    const what = count === 1 ? 'one server' : `${count} servers`
    const answer = await terminal.question(`Import ${what}? [Y/n] `, { signal: leaving })
    return /^(y|yes|)$/i.test(answer.trim())
  } catch (error) {
    if (!leaving.aborted) throw error
    process.stderr.write('\n')
    return false
  } finally {
    terminal.close()
  }
}

const pending = new Set(['WOULD_CREATE', 'WOULD_UPDATE'])

/** Waits for the first refreshes of created servers: in this process they would end with it. */
async function awaitRefreshes(context: CommandContext, reports: readonly SourceReport[]): Promise<void> {
  const started = reports
    .filter(hasEntries)
    .flatMap(({ entries }) =>
      entries.flatMap(({ outcome, server }) =>
        outcome === 'CREATED' && server?.latestRefresh
          ? [{ refreshId: server.latestRefresh.id, serverName: server.name }]
          : [],
      ),
    )
  if (started.length === 0) return
  for (const { serverName, refresh } of await followRefreshes(context, started)) {
    if (refresh.status === 'SUCCEEDED') continue
    context.output.note(`The tools of ${printable(serverName)} could not be read: ${failureOf(refresh)}`)
    noteStderr(context.output, refresh.error)
    await noteConnectHint(context, refresh.server?.id, refresh.error)
  }
}

function exitCodeOf(reports: readonly SourceReport[]): ExitCode {
  const hasFailed = reports.some(
    (report) => !hasEntries(report) || report.entries.some(({ outcome }) => outcome === 'FAILED'),
  )
  return hasFailed ? exitCodes.failed : exitCodes.done
}

async function run(context: CommandContext, flags: ImportFlags, files: readonly string[]): Promise<ExitCode> {
  const { output, process, signal } = context
  const onConflict = policyOf(flags.onConflict)
  if (files.includes('-') && flags.var?.some(({ text }) => text === '-')) {
    throw new UsageError('--var: standard input is read once, and is a file to import already')
  }
  const sources = await readSources(files, flags, { stdin: process.stdin, env: process.env, signal })
  const given = await createSecretReader(context).named('--var', flags.var ?? [])
  // Nothing is imported if one source is invalid.
  let planned = await importAll(context, sources, { dryRun: true, onConflict, variables: given })
  const variables = [...given, ...(flags.varEnv ? fromEnvironment(planned, process.env) : [])]
  if (variables.length > given.length)
    planned = await importAll(context, sources, { dryRun: true, onConflict, variables })
  const isAsked = output.isLive && process.stdin.isTTY === true && !flags.yes && !output.isJson
  if (flags.dryRun || isAsked) {
    if (output.isJson) output.printJson(planned)
    else {
      printReports(output, planned)
      printMissing(output, missingVariables(planned))
    }
    const count = planned
      .filter(hasEntries)
      .flatMap(({ entries }) => entries)
      .filter(({ outcome }) => pending.has(outcome)).length
    if (flags.dryRun || count === 0) return exitCodeOf(planned)
    if (!(await isAgreed(context, count))) {
      output.note('Nothing was imported')
      return exitCodes.failed
    }
  }
  const reports = await importAll(context, sources, { dryRun: false, onConflict, variables })
  if (output.isJson) output.printJson(reports)
  else {
    printReports(output, reports)
    printMissing(output, missingVariables(reports))
  }
  if (flags.refresh) await awaitRefreshes(context, reports)
  return exitCodeOf(reports)
}

export function addImportCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'import [file...]',
      description: "register the servers of other clients' configurations (- for stdin), after a dry run",
      reads: false,
    },
    run,
  )
    .option('--from <place>', 'auto: the files of the clients on this machine')
    .option('--format <format>', `format of the files: ${Object.keys(importFormats).join(', ')}`, 'auto')
    .option(
      '--registry <name[@version]>',
      'a server of the official registry; may be repeated',
      (text, earlier: readonly string[] = []) => [...earlier, text],
    )
    .option('--registry-url <url>', 'another registry of the same kind')
    .option('--dry-run', 'only show what would change')
    .option('--on-conflict <policy>', `if a name exists: ${Object.keys(policies).join(', ')}`, 'skip')
    .option('--var <NAME=VALUE>', `a variable of the files; ${secretForms}`, namedText('--var', '=', 'NAME=VALUE'))
    .option('--var-env', 'take the other variables from the environment of this command, if they are set')
    .option('--yes', 'do not ask on a terminal')
    .option('--no-refresh', 'do not wait for the first refresh of new servers')
}
