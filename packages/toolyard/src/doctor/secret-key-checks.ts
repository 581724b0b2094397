import { randomBytes } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { isRegistryError, type SecretKeyStatus, secretKeyStatus } from '@toolyard/core'
import type { KeyedDatabase } from '../settings/database-settings.ts'
import { storageAt } from '../storage/storage-at.ts'
import { type Check, finding, fine } from './check.ts'
import { checkMode } from './file-checks.ts'

export interface CheckedSecretKey {
  readonly checks: readonly Check[]
  /** Whether the database can be opened as a registry without replacing a lost key by a new one. */
  readonly isOfUse: boolean
}

const area = 'SECRET_KEY'

async function statusWith({ database }: KeyedDatabase, keys: readonly Uint8Array[] | undefined) {
  // The mode of the key file is a finding of its own.
  return secretKeyStatus({ storage: storageAt(database), ...(keys ? { secretKey: keys } : {}) })
}

function checkStatus(subject: string, { dataKeys, current, old, unreadable }: SecretKeyStatus): CheckedSecretKey {
  const isOfUse = dataKeys === 0 || current + old > 0
  const of = `of ${dataKeys} data keys`
  const checks: Check[] = []
  if (unreadable > 0) {
    const message = `${unreadable} ${of} are wrapped by a key that is missing: their secrets cannot be read`
    checks.push(finding('SECRETS_UNREADABLE', area, subject, message))
  }
  if (old > 0) checks.push(finding('SECRET_KEY_OLD', area, subject, `${old} ${of} are wrapped by an older key`))
  if (checks.length === 0)
    checks.push(fine(area, subject, `unwraps ${dataKeys === 1 ? 'the data key' : `all ${dataKeys} data keys`}`))
  return { checks, isOfUse }
}

/** Checks the key file beside the database, and does not make one. */
async function checkKeyFile(where: KeyedDatabase, path: string): Promise<CheckedSecretKey> {
  // The link itself, as its target may be missing.
  if (!lstatSync(path, { throwIfNoEntry: false })) {
    // Data keys can be counted with any key.
    const { dataKeys } = await statusWith(where, [randomBytes(32)])
    if (dataKeys === 0)
      return { checks: [fine(area, path, 'does not exist yet; the first start creates it')], isOfUse: true }
    const message = `the key file is missing, and ${dataKeys} data keys need it: no stored secret can be read`
    return { checks: [finding('KEY_FILE_MISSING', area, path, message, { path })], isOfUse: false }
  }
  const mode = await checkMode(area, path)
  try {
    const { checks, isOfUse } = checkStatus(path, await statusWith(where, undefined))
    return { checks: [...checks, ...mode], isOfUse }
  } catch (error) {
    if (!isRegistryError(error, 'STORAGE_INVALID')) throw error
    return { checks: [finding('KEY_FILE_INVALID', area, path, error.message), ...mode], isOfUse: false }
  }
}

/** Checks the key that protects the secrets of a database of the current version. */
export async function checkSecretKey(where: KeyedDatabase): Promise<CheckedSecretKey> {
  const { database, secretKey } = where
  if (secretKey) return checkStatus('TOOLYARD_SECRET_KEY', await statusWith(where, secretKey))
  // PostgreSQL needs the variable: that it is not set is a finding among the settings.
  if (database.kind === 'POSTGRES') return { checks: [], isOfUse: false }
  return checkKeyFile(where, `${database.path}.key`)
}
