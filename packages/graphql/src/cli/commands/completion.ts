import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'

/** `completion SHELL` prints a script for the shell, which asks the hidden `complete` for words. After all other commands. */
export function addCompletionCommand(program: Command): void {
  tab(program, { completionCommandName: 'completion' })
  const command = program.commands.find((each) => each.name() === 'completion')
  command
    ?.description('print a script that completes commands and flags: for bash, zsh, fish or powershell')
    .addHelpText('after', '\nIn ~/.bashrc: source <(toolyard completion bash)')
}
