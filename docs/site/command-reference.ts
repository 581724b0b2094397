import { PassThrough } from 'node:stream'
import { exitCodesInWords } from '../../packages/toolyard/src/base/command-error.ts'
import { createProgram } from '../../packages/toolyard/src/cli/program.ts'

type Command = Awaited<ReturnType<typeof createProgram>>
type Option = Command['options'][number]
type Argument = Command['registeredArguments'][number]

const cell = (text: string) => text.replaceAll(/[|*<>]/g, '\\$&').replaceAll('\n', ' ')
const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``

function rowOf({ flags, description, defaultValue }: Option): string {
  const fallback =
    defaultValue === undefined || defaultValue === false ? '' : ` Default: ${code(String(defaultValue))}.`
  return `| ${code(flags)} | ${cell(description)}.${fallback} |`
}

function argumentOf({ description }: Argument, name: string): string {
  return `| ${code(name)} | ${cell(description)} |`
}

function sectionOf(command: Command, level: number, parents: readonly string[]): string {
  const words = [...parents, command.name()]
  const help = command.createHelp()
  const names = command.registeredArguments.filter(({ description }) => description !== '')
  const options = command.options.filter(({ hidden }) => !hidden)
  const aliases = command.aliases().map((alias) => code(`${parents.join(' ')} ${alias}`))
  const table = [
    ...names.map((argument) => argumentOf(argument, help.argumentTerm(argument))),
    ...options.map((option) => rowOf(option)),
  ]
  const own = [
    `${'#'.repeat(level)} ${words.slice(1).join(' ')}`,
    `\`\`\`sh\n${help.commandUsage(command)}\n\`\`\``,
    `${cell(command.description())}.${aliases.length === 0 ? '' : ` Also: ${aliases.join(', ')}.`}`,
    ...(table.length === 0 ? [] : [`| argument or flag | |\n| --- | --- |\n${table.join('\n')}`]),
  ].join('\n\n')
  return [own, ...command.commands.map((each) => sectionOf(each, Math.min(level + 1, 6), words))].join('\n\n')
}

/** The reference of the command line, from the program's own commands. */
export async function commandReference(): Promise<string> {
  const stream = new PassThrough()
  const streams = { env: {}, stdin: stream, stdout: stream, stderr: stream }
  const program = await createProgram([], { ...streams, exitWith: () => undefined })
  const shown = program.commands.filter((command) => command.name() !== 'help' && command.name() !== 'complete')
  const sections = shown.map((command) => sectionOf(command, 2, [program.name()]))
  const introduction = `# Commands and flags

Every command of \`toolyard\` with its flags, as \`toolyard help COMMAND\` prints them. [The command line](/cli.md) explains how they work together.

${exitCodesInWords.trim()}`
  return `${[introduction, ...sections].join('\n\n')}\n`
}
