import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { type Check, type CheckArea, finding } from './check.ts'

/** Warns if other users may use the file. Not on Windows: the mode does not show its access lists. */
export async function checkMode(area: CheckArea, path: string): Promise<readonly Check[]> {
  if (process.platform === 'win32') return []
  // A file that cannot be read is a finding of its own.
  const stats = await stat(path).catch(() => undefined)
  const bits = (stats?.mode ?? 0) & 0o777
  if ((bits & 0o077) === 0) return []
  const message = `other users may use the file (mode ${bits.toString(8)}); expected 600`
  return [finding('FILE_OPEN_TO_OTHERS', area, path, message, { path })]
}

/** Whether this user may read and write the file. */
export async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** Free bytes for this user in the folder; undefined if the system does not report them. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
}
