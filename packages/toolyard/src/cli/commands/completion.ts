import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import type { ProgramProcess } from '../../command/command.ts'
import { type CompletionWords, operandsOf } from '../completion-words.ts'

/**
 * Replaces a function of the package bash-completion, if that is not loaded: the words up to the cursor, cut at blanks
 * alone.
 */
const bashWords = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    local line="\${COMP_LINE:0:COMP_POINT}"
    read -ra words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    cword=$(( \${#words[@]} - 1 ))
    cur="\${words[cword]}"
    prev="\${words[cword-1]:-}"
  }
fi
`

/**
 * `completion SHELL` prints a script for the shell, which asks the hidden `complete` for words. After all other commands.
 * `words` are what operands are completed with.
 */
export function addCompletionCommand(program: Command, { stdout }: ProgramProcess, words: CompletionWords): void {
  const completion = tab(program, { completionCommandName: 'completion' })
  for (const [name, kind] of Object.entries(operandsOf)) {
    for (const argument of [...(completion.commands.get(name)?.arguments.values() ?? [])].slice(0, 1)) {
      argument.handler = (complete) => {
        for (const word of words[kind]) complete(word, '')
      }
    }
  }
  const command = program.commands.find((each) => each.name() === 'completion')
  command
    ?.description('print a script that completes commands, flags, servers and tools: for bash, zsh, fish or powershell')
    .addHelpText('after', '\nIn ~/.bashrc: source <(toolyard completion bash)')
    .hook('preAction', (_, { args }) => {
      if (args[0] === 'bash') stdout.write(bashWords)
    })
}
