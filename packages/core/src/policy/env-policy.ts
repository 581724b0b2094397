import { basename, isAbsolute, sep } from 'node:path'
import { invalidInput } from '../base/errors.ts'
import { matchesName } from '../base/match-name.ts'

/** The command of a stdio server, as rules for its variables name it. */
export interface StartedCommand {
  /** As the configuration has it. */
  readonly command: string
  /** The file that is started, if known; otherwise the command. */
  readonly file: string
}

/** The environment variables that stdio servers may be given. */
export interface EnvPolicy {
  /** @throws INVALID_INPUT for a variable that may not be given, with the path that `pathOf` returns for its name. */
  assertEnv(
    names: readonly string[],
    started: StartedCommand,
    pathOf: (name: string) => readonly string[] | undefined,
  ): void
}

interface EnvRule {
  /** A name or an absolute path; undefined for every command. */
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
 * Creates the policy of a list. Variables decide what code an interpreter or a loader runs, and no deny list has all of
 * them. So a variable needs a rule that names it: `NAME`, or `COMMAND:NAME` for one command, with `*` as a wildcard. If
 * commands are restricted, `PATH` is always refused: it decides which programs a command starts.
 * @throws INVALID_INPUT
 */
export function createEnvPolicy(list: readonly string[], areCommandsRestricted: boolean): EnvPolicy {
  const rules = list.map(parseRule)

  function assertName(name: string, started: StartedCommand, path: readonly string[] | undefined): void {
    if (areCommandsRestricted && name.toUpperCase() === 'PATH') {
      const message = `The environment variable ${name} may not be set while commands are restricted: it decides which programs a command starts. Only stdio.commands (TOOLYARD_STDIO) with * allows it`
      throw invalidInput(path ?? [], message)
    }
    const folded = fold(name)
    if (rules.some((rule) => isFor(started, rule) && matchesName(folded, rule.name))) return
    const allowed = list.length > 0 ? `allowed: ${list.join(', ')}` : 'no variable is allowed'
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

/**
 * Checks the option `stdio.env`.
 * @throws INVALID_INPUT
 */
export function checkedEnv(env: unknown): Readonly<Record<string, string>> {
  const isFit = ([name, value]: [string, unknown]) =>
    /^[^=\0]+$/.test(name) && typeof value === 'string' && !value.includes('\0')
  const entries: [string, unknown][] = typeof env === 'object' && env !== null ? Object.entries(env) : [['', env]]
  const unfit = entries.find((entry) => !isFit(entry))
  // Never the value, which may be a secret.
  if (unfit)
    throw invalidInput(
      ['stdio', 'env'],
      `stdio.env: expected an object of strings, got another value for "${unfit[0]}"`,
    )
  return Object.freeze(Object.fromEntries(entries.map(([name, value]) => [name, String(value)])))
}
