import type { RegistryError } from '../../../../base/errors.ts'
import { unavailable } from '../sqlite-faults.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file of the log of runs may not grow',
  EMFILE: 'the process has too many files open',
  ENFILE: 'the system has too many files open',
}

/** Folders in which the database can be used, but no other file be made. */
const unwritable: readonly string[] = ['EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG', 'ENOTSUP']

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function isUnwritable(error: unknown): boolean {
  return unwritable.includes(codeOf(error) ?? '')
}

/** STORAGE_UNAVAILABLE for a fault of the file system. */
export function fromFile(error: unknown): RegistryError {
  const code = codeOf(error) ?? 'unknown'
  return unavailable(`${reasons[code] ?? 'the log of runs could not be read or written'} (${code})`, error)
}
