import { GraphQLClientError } from '@toolyard/graphql/client'
import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../../base/command-error.ts'
import type { ProgramProcess, RegistryFlags } from '../../command/command.ts'
import { addConnectionOptions } from '../../command/connection.ts'
import { listenForInterruption } from '../../command/interruption.ts'
import type { Check } from '../../doctor/check.ts'
import { createOutput } from '../../output/output.ts'
import { printable } from '../../output/printable.ts'
import { asCommandError } from '../../queries/exit-codes.ts'
import { createCheckPrinter, printSummary } from '../../views/print-checks.ts'

function exitCodeOf(checks: readonly Check[]): ExitCode {
  if (checks.some(({ code }) => code === 'SERVER_UNREACHABLE')) return exitCodes.unreachable
  if (checks.some(({ code }) => code === 'KEY_REFUSED')) return exitCodes.notAllowed
  return checks.some(({ status }) => status === 'ERROR') ? exitCodes.failed : exitCodes.done
}

async function doctor(names: readonly string[], flags: RegistryFlags, process: ProgramProcess): Promise<void> {
  const { env, stdout, stderr } = process
  const output = createOutput({ stdout, stderr, isJson: flags.json === true })
  const onError = (error: unknown) =>
    output.note(`toolyard: ${printable(error instanceof Error ? error.message : String(error))}`)
  using interruption = listenForInterruption(stdout)
  const { diagnose } = await import('../../doctor/diagnose.ts')
  const print = output.isJson ? () => undefined : createCheckPrinter(output)
  const checks: Check[] = []
  try {
    for await (const check of diagnose({ flags, names, env, signal: interruption.signal, onError })) {
      checks.push(check)
      print(check)
    }
  } catch (error) {
    // The reader of the pipe has enough.
    if (interruption.isPipeBroken) return
    throw error instanceof GraphQLClientError ? asCommandError(error) : error
  }
  if (output.isJson) output.printJson({ ok: checks.every(({ status }) => status !== 'ERROR'), checks })
  else printSummary(output, checks)
  process.exitWith(exitCodeOf(checks))
}

/**
 * `toolyard doctor`: unlike other commands on a registry it opens the registry itself, and late, as it reports what
 * prevents that.
 */
export function addDoctorCommand(program: Command, process: ProgramProcess): void {
  const command = program
    .command('doctor [names...]')
    .description('check the program, its settings, the database and each server, and say what to do; changes nothing')
    .action((names: readonly string[], flags: RegistryFlags) => doctor(names, flags, process))
  addConnectionOptions(command)
}
