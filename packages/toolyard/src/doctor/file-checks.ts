import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { type Check, type CheckArea, finding } from './check.ts'

/** Others than its owner may use the file; so do Windows' access lists not say. */
export async function checkMode(area: CheckArea, path: string): Promise<readonly Check[]> {
  if (process.platform === 'win32') return []
  // That it cannot be read is a finding of its own.
  const stats = await stat(path).catch(() => undefined)
  const bits = (stats?.mode ?? 0) & 0o777
  if ((bits & 0o077) === 0) return []
  const message = `others than its owner may use the file (mode ${bits.toString(8)}); expected 600`
  return [finding('FILE_OPEN_TO_OTHERS', area, path, message, { path })]
}

/** What may be done by this user. */
export async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** Bytes that this user may still write beside the file; undefined where the system does not say. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
}
