import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { awaitEnd } from '../../pauses/await-end.ts'
import { decideRun } from '../../pauses/decide-run.ts'
import { endOfRun } from '../../views/run-exit.ts'

interface DecideFlags extends RegistryFlags {
  readonly reason?: string
}

async function approve(context: CommandContext, { reason }: DecideFlags, runId: string): Promise<ExitCode> {
  const { output, isLocal } = context
  const decided = await decideRun(context, runId, 'APPROVED', reason)
  const ended = isLocal ? await awaitEnd(context, runId) : undefined
  if (output.isJson) output.printJson(ended ?? decided)
  else output.print(`${runId} ${ended?.status ?? decided.status}`)
  const failure = ended && endOfRun(output, ended)
  if (failure) throw failure
  return exitCodes.done
}

async function reject(context: CommandContext, { reason }: DecideFlags, runId: string): Promise<ExitCode> {
  const { output } = context
  const decided = await decideRun(context, runId, 'REJECTED', reason)
  if (output.isJson) output.printJson(decided)
  else output.print(`${runId} ${decided.status}`)
  return exitCodes.done
}

export function addApproveCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'approve <run>', description: 'send the call of a run that waits for an approval', reads: false },
    approve,
  ).option('--reason <text>', 'kept with the run')
}

export function addRejectCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'reject <run>', description: 'end a run that waits for an approval, without sending it', reads: false },
    reject,
  ).option('--reason <text>', 'kept with the run, and shown to its caller')
}
