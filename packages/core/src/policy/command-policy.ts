import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { invalidInput, RegistryError } from '../base/errors.ts'

/** What a stdio server is started with, as far as it says which program runs. */
export interface Command {
  readonly command: string
  readonly cwd: string | null
}

/** Which programs stdio servers may run. */
export interface CommandPolicy {
  /** Whether any may. */
  readonly isAnyAllowed: boolean
  /** Whether all may, so that nothing of a command is looked at. */
  readonly isOpen: boolean
  /** What to start for the command. Throws STDIO_NOT_ALLOWED; `path` says where the caller gave it. */
  assertCommand(command: Command, path?: readonly string[]): string
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    // Not there, or not to be executed: the next place may have it.
    return false
  }
}

/** The file that the system would execute for the command; undefined where there is none. */
export function executableOf(command: string, searchPath: string, cwd: string | null): string | undefined {
  const hasFolder = command.includes('/') || command.includes(sep)
  const folder = resolve(cwd ?? '.')
  const extensions = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat', '.com'] : ['']
  const places = hasFolder
    ? [isAbsolute(command) ? command : resolve(folder, command)]
    : searchPath.split(delimiter).map((place) => resolve(folder, place, command))
  return places.flatMap((place) => extensions.map((extension) => place + extension)).find(isExecutable)
}

/** Where it lies, links of folders followed. Its own link is not: of a program with many names, each does something else. */
const placeOf = (file: string | undefined) => file && join(realpathSync(dirname(file)), basename(file))

/**
 * `*` lets every command run, an empty list none. A name is looked for in `searchPath`, a path is taken as it is; what
 * counts is the file that a command comes to. Throws INVALID_INPUT.
 */
export function createCommandPolicy(list: readonly string[], searchPath: string): CommandPolicy {
  const wrong = list.find((command) => command.trim() === '' || (command.includes('/') && !isAbsolute(command)))
  if (wrong !== undefined) {
    const message = `stdio.commands: expected names, absolute paths or *, got "${wrong}"`
    throw invalidInput(['stdio', 'commands'], message)
  }
  const isOpen = list.includes('*')

  return {
    isAnyAllowed: list.length > 0,
    isOpen,
    assertCommand({ command, cwd }, path) {
      if (isOpen) return command
      const file = executableOf(command, searchPath, cwd)
      const place = placeOf(file)
      // Asked for each time: what a name stands for may change while the registry runs.
      const isAllowed =
        place !== undefined && list.some((allowed) => placeOf(executableOf(allowed, searchPath, null)) === place)
      if (isAllowed && file !== undefined) return file
      const some = list.length > 0 ? `expected one of ${list.join(', ')}` : 'none is allowed'
      const message = `The command "${command}" may not be run by this registry: ${some}`
      throw new RegistryError('STDIO_NOT_ALLOWED', message, path ? { path } : {})
    },
  }
}
