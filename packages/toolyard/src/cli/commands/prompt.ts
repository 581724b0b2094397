import type { Command } from 'commander'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { addCallOptions, type CallFlags, callInput } from '../../flags/run-flags.ts'
import { printableLines } from '../../output/printable.ts'
import { findPrompt, renderPrompt } from '../../queries/features.ts'
import { readPairs } from '../../tools/read-pairs.ts'
import { describeContent } from '../../views/print-result.ts'

type PromptFlags = RegistryFlags & CallFlags

export function addPromptCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    {
      usage: 'prompt <prompt> [args...]',
      description: 'ask a server for the messages of a prompt: NAME/PROMPT and key=value args',
      reads: false,
    },
    async ({ client, signal, output }, flags: PromptFlags, reference: string, pairs: readonly string[]) => {
      const { timeout } = flags
      const args = Object.fromEntries(readPairs(pairs))
      const { id } = await findPrompt(client, reference, signal)
      const timeoutMs = timeout === undefined ? {} : { timeoutMs: timeout }
      const rendered = await renderPrompt(client, { prompt: { id }, args, ...callInput(flags), ...timeoutMs }, signal)
      if (output.isJson) {
        output.printJson(rendered)
        return exitCodes.done
      }
      for (const { role, content } of rendered.messages) {
        const text = describeContent(content)
        output.print(output.style('bold', `${role.toLowerCase()}:`))
        output.print(output.isTerminal ? printableLines(text) : text)
      }
      return exitCodes.done
    },
  )
  addCallOptions(command, 'the request')
}
