import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type DatabaseStatus, isRegistryError } from '@toolyard/core'
import { type DatabaseLocation, nameOfDatabase } from '../settings/database.ts'
import { storageAt } from '../storage/storage-at.ts'
import { type Check, finding, fine } from './check.ts'
import { checkMode, freeBytes, isWritable } from './file-checks.ts'

export interface CheckedDatabase {
  readonly checks: readonly Check[]
  /** Undefined if there is no database yet, or it cannot be used. */
  readonly status: DatabaseStatus | undefined
}

const area = 'DATABASE'
/** Free space below which a disk is a finding, in bytes. */
const minFreeBytes = 512 * 1024 * 1024
const inMiB = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)} MiB`

function checkVersion(subject: string, { dialect, state, version, needed, rows }: DatabaseStatus): Check {
  const name = dialect === 'SQLITE' ? 'SQLite' : 'PostgreSQL'
  const is = `${name}, at version ${version}`
  switch (state) {
    case 'EMPTY':
      return fine(area, subject, `${name}, empty; the first start prepares it`)
    case 'CURRENT':
      return fine(area, subject, `${is}, with ${rows.servers ?? 0} servers`)
    case 'OLDER':
      return finding('DATABASE_OLDER', area, subject, `${is}; this program needs ${needed}`)
    case 'NEWER':
      return finding('DATABASE_NEWER', area, subject, `${is}; this program knows versions up to ${needed}`)
  }
}

async function checkStatus(location: DatabaseLocation): Promise<CheckedDatabase> {
  const subject = nameOfDatabase(location)
  try {
    const status = await storageAt(location).maintenance.status()
    const check = checkVersion(subject, status)
    return { checks: [check], status }
  } catch (error) {
    const isThere = !isRegistryError(error, 'STORAGE_UNAVAILABLE')
    const message = error instanceof Error ? error.message : String(error)
    const code = isThere ? 'DATABASE_UNUSABLE' : 'DATABASE_UNREACHABLE'
    return { checks: [finding(code, area, subject, message)], status: undefined }
  }
}

async function checkDisk(folder: string): Promise<readonly Check[]> {
  const free = await freeBytes(folder)
  if (free === undefined) return []
  const message = `${inMiB(free)} are free`
  return [
    free < minFreeBytes
      ? finding('DISK_NEARLY_FULL', area, folder, `${message}, expected ${inMiB(minFreeBytes)}`)
      : fine(area, folder, message),
  ]
}

async function checkFile(path: string): Promise<CheckedDatabase> {
  const subject = nameOfDatabase({ kind: 'SQLITE', path })
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) {
    const message = `the directory ${folder} does not exist`
    return { checks: [finding('DATABASE_UNUSABLE', area, subject, message)], status: undefined }
  }
  const isThere = existsSync(path)
  const place = isThere ? path : folder
  if (!(await isWritable(place))) {
    const message = `this user may not read and write ${place}`
    return { checks: [finding('FILE_NOT_WRITABLE', area, subject, message)], status: undefined }
  }
  const disk = await checkDisk(folder)
  if (!isThere) {
    const message = 'does not exist yet; toolyard add or toolyard serve creates it'
    return { checks: [fine(area, subject, message), ...disk], status: undefined }
  }
  const { checks, status } = await checkStatus({ kind: 'SQLITE', path })
  return { checks: [...checks, ...(await checkMode(area, path)), ...disk], status }
}

/** Checks the database without opening it as a registry: nothing in it changes, and an older one is not migrated. */
export async function checkDatabase(location: DatabaseLocation): Promise<CheckedDatabase> {
  if (location.kind === 'POSTGRES') return checkStatus(location)
  if (location.path !== ':memory:') return checkFile(location.path)
  const message = 'in memory: all servers are lost when the process ends'
  const check = finding('DATABASE_IN_MEMORY', area, nameOfDatabase(location), message)
  return { checks: [check], status: undefined }
}
