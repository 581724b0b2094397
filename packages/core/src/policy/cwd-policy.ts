import { realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { invalidInput } from '../base/errors.ts'

/** The folders that stdio servers may run in. */
export interface CwdPolicy {
  /**
   * Checks the folder, null for that of this process; `path` says where the caller gave it.
   * @throws INVALID_INPUT
   */
  assertCwd(cwd: string | null, path: readonly string[] | undefined): void
}

/** The real path, if the folder exists. */
function placeOf(folder: string): string {
  const absolute = resolve(folder)
  try {
    return realpathSync(absolute)
  } catch {
    // The start of the server will fail with it.
    return absolute
  }
}

function isWithin(place: string, folder: string): boolean {
  const way = relative(folder, place)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * Creates the policy of a list: `*` allows every folder; otherwise the folders of the list and those below them are
 * allowed. Many programs take configuration, and with it code, from the folder that they run in (`.npmrc`,
 * `.git/config`, `.env`).
 * @throws INVALID_INPUT
 */
export function createCwdPolicy(list: readonly string[]): CwdPolicy {
  const wrong = list.find((folder) => folder !== '*' && !isAbsolute(folder))
  if (wrong !== undefined) {
    throw invalidInput(['stdio', 'allowCwd'], `stdio.allowCwd: expected absolute paths or *, got "${wrong}"`)
  }
  return {
    assertCwd(cwd, path) {
      if (cwd === null || list.includes('*')) return
      const place = placeOf(cwd)
      if (list.some((folder) => isWithin(place, placeOf(folder)))) return
      const allowed = list.length > 0 ? `allowed: ${list.join(', ')} and folders below` : 'no folder is allowed'
      const message = `The folder "${cwd}" may not be run in by this registry: ${allowed}. To allow it, add it to stdio.allowCwd (TOOLYARD_STDIO_ALLOW_CWD)`
      throw invalidInput(path ?? [], message)
    },
  }
}
