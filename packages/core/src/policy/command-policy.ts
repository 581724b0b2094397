import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { invalidInput, RegistryError } from '../base/errors.ts'

/** The part of a stdio server's configuration that decides which program runs. */
export interface Command {
  readonly command: string
  readonly cwd: string | null
}

/** The programs that stdio servers may run. */
export interface CommandPolicy {
  /** Whether any program may run. */
  readonly isAnyAllowed: boolean
  /** Whether all programs may run, so that commands are not checked. */
  readonly isOpen: boolean
  /**
   * Returns the file to start for the command; `path` says where the caller gave it.
   * @throws STDIO_NOT_ALLOWED
   */
  assertCommand(command: Command, path?: readonly string[]): string
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    // Missing or not executable: the next place may have it.
    return false
  }
}

/** The file that the system would execute for the command; undefined if there is no such file. */
export function executableOf(command: string, searchPath: string, cwd: string | null): string | undefined {
  const hasFolder = command.includes('/') || command.includes(sep)
  const folder = resolve(cwd ?? '.')
  const extensions = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat', '.com'] : ['']
  const places = hasFolder
    ? [isAbsolute(command) ? command : resolve(folder, command)]
    : searchPath.split(delimiter).map((place) => resolve(folder, place, command))
  return places.flatMap((place) => extensions.map((extension) => place + extension)).find(isExecutable)
}

/**
 * The real path of its folder, with its own name. Its own link is not followed: a program may act differently by name.
 */
const placeOf = (file: string | undefined) => file && join(realpathSync(dirname(file)), basename(file))

/**
 * Creates the policy of a list: `*` lets every command run, an empty list none. A name is looked up in `searchPath`, a
 * path is taken as it is; the file that a command resolves to decides.
 * @throws INVALID_INPUT
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
      // Resolved each time: the file behind a name may change while the registry runs.
      const isAllowed =
        place !== undefined && list.some((allowed) => placeOf(executableOf(allowed, searchPath, null)) === place)
      if (isAllowed && file !== undefined) return file
      const some = list.length > 0 ? `expected one of ${list.join(', ')}` : 'no command is allowed'
      const message = `The command "${command}" may not be run by this registry: ${some}`
      throw new RegistryError('STDIO_NOT_ALLOWED', message, path ? { path } : {})
    },
  }
}
