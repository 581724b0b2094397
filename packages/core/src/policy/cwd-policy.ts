import { realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { invalidInput } from '../base/errors.ts'

/** Which folders stdio servers may run in. */
export interface CwdPolicy {
  /** Null is the folder of this process. Throws INVALID_INPUT; `path` says where the caller gave it. */
  assertCwd(cwd: string | null, path: readonly string[] | undefined): void
}

/** Links followed, as far as the folder is there. */
function placeOf(folder: string): string {
  const absolute = resolve(folder)
  try {
    return realpathSync(absolute)
  } catch {
    // It fails when the server is started.
    return absolute
  }
}

function isWithin(place: string, folder: string): boolean {
  const way = relative(folder, place)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * Many programs take configuration, and with it code, from the folder that they run in (`.npmrc`, `.git/config`,
 * `.env`). `*` lets every folder be, else those of `list` and what is below them. Throws INVALID_INPUT.
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
      const allowed = list.length > 0 ? `allowed is what is in ${list.join(', ')}` : 'none is allowed'
      const message = `The folder "${cwd}" may not be run in by this registry: ${allowed}. To allow it, add it to stdio.allowCwd (TOOLYARD_STDIO_ALLOW_CWD)`
      throw invalidInput(path ?? [], message)
    },
  }
}
