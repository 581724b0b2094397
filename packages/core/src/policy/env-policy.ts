import { basename, isAbsolute, sep } from 'node:path'
import { invalidInput } from '../base/errors.ts'
import { matchesName } from '../base/match-name.ts'

/** What a stdio server runs, as far as a rule for its variables names it. */
export interface StartedCommand {
  /** As its owner gave it. */
  readonly command: string
  /** The file that is started, where that is known; else the command. */
  readonly file: string
}

/** Which environment variables stdio servers may be given. */
export interface EnvPolicy {
  /** Throws INVALID_INPUT for a variable that may not be given, with what `pathOf` makes of its name. */
  assertEnv(
    names: readonly string[],
    started: StartedCommand,
    pathOf: (name: string) => readonly string[] | undefined,
  ): void
}

interface EnvRule {
  /** A name or an absolute path; undefined: for every command. */
  readonly command: string | undefined
  readonly name: string
}

// Windows takes NODE_OPTIONS and node_options for the same variable.
const fold = process.platform === 'win32' ? (name: string) => name.toUpperCase() : (name: string) => name

const hasFolder = (command: string) => command.includes('/') || command.includes(sep)

function parseRule(text: string): EnvRule {
  const colon = text.lastIndexOf(':')
  const command = colon === -1 ? undefined : text.slice(0, colon)
  const name = text.slice(colon + 1)
  const isCommand = command === undefined || (command !== '' && (!hasFolder(command) || isAbsolute(command)))
  if (name !== '' && !/[=\0]/.test(name) && isCommand) return { command, name: fold(name) }
  const expected = 'NAME or COMMAND:NAME, where COMMAND is a name or an absolute path'
  throw invalidInput(['stdio', 'allowEnv'], `stdio.allowEnv: expected ${expected}, got "${text}"`)
}

const isFor = ({ file }: StartedCommand, { command }: EnvRule) =>
  command === undefined || matchesName(hasFolder(command) ? file : basename(file), command)

/**
 * Variables decide what code an interpreter or a loader runs, and no list has all that do. So a variable is given if
 * a rule of `list` names it: `NAME`, or `COMMAND:NAME` for one command, `*` as a wildcard. Where commands are
 * restricted, `PATH` never is: the programs that a command starts are looked for there. Throws INVALID_INPUT.
 */
export function createEnvPolicy(list: readonly string[], areCommandsRestricted: boolean): EnvPolicy {
  const rules = list.map(parseRule)

  function assertName(name: string, started: StartedCommand, path: readonly string[] | undefined): void {
    if (areCommandsRestricted && name.toUpperCase() === 'PATH') {
      const message = `The environment variable ${name} may not be set where commands are restricted: it says which programs a command starts. Only stdio.commands (TOOLYARD_STDIO) with * allows it`
      throw invalidInput(path ?? [], message)
    }
    const folded = fold(name)
    if (rules.some((rule) => isFor(started, rule) && matchesName(folded, rule.name))) return
    const allowed = list.length > 0 ? `allowed is ${list.join(', ')}` : 'none is allowed'
    const rule = `${basename(started.file)}:${name}`
    const message = `The environment variable ${name} may not be set for the command "${started.command}" by this registry: ${allowed}. To allow it, add ${rule} to stdio.allowEnv (TOOLYARD_STDIO_ALLOW_ENV)`
    throw invalidInput(path ?? [], message)
  }

  return {
    assertEnv(names, started, pathOf) {
      for (const name of names) assertName(name, started, pathOf(name))
    },
  }
}

/** The option `stdio.env`. Throws INVALID_INPUT. */
export function checkedEnv(env: unknown): Readonly<Record<string, string>> {
  const isFit = ([name, value]: [string, unknown]) =>
    /^[^=\0]+$/.test(name) && typeof value === 'string' && !value.includes('\0')
  const entries: [string, unknown][] = typeof env === 'object' && env !== null ? Object.entries(env) : [['', env]]
  const unfit = entries.find((entry) => !isFit(entry))
  // Never the value, which may be a secret.
  if (unfit)
    throw invalidInput(['stdio', 'env'], `stdio.env: expected texts by name, got something else for "${unfit[0]}"`)
  return Object.freeze(Object.fromEntries(entries.map(([name, value]) => [name, String(value)])))
}
