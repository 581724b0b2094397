import type { KeyEntry } from '../keys/api-key.ts'
import { KeyFileError, readKeys } from '../keys/key-file.ts'
import { type Check, finding, fine } from './check.ts'
import { checkMode } from './file-checks.ts'

const area = 'POLICIES'
const subject = 'TOOLYARD_API_KEYS'
/** Time before the expiry of a key from which on it is a finding, in ms. */
const soonMs = 14 * 86_400_000

function checkExpiry({ id, tenant, name, expiresAt }: KeyEntry, now: number): readonly Check[] {
  if (expiresAt === null) return []
  const whose = tenant === undefined ? 'for metrics' : `of tenant ${tenant}`
  const key = `the key ${id} ${whose}${name === undefined ? '' : ` ("${name}")`}`
  const at = Date.parse(expiresAt)
  if (at <= now) return [finding('API_KEY_EXPIRED', area, subject, `${key} expired at ${expiresAt}`, { id })]
  if (at - now > soonMs) return []
  return [finding('API_KEY_EXPIRES', area, subject, `${key} expires at ${expiresAt}`)]
}

/** Checks the file of API keys; without one, the server asks for no key, and only this machine reaches it. */
export async function checkApiKeys(path: string | undefined, now: number): Promise<readonly Check[]> {
  if (path === undefined) return [fine(area, subject, 'no key is asked for; only this machine can be served')]
  try {
    const keys = readKeys(path)
    const mode = keys ? await checkMode(area, path) : []
    if (!keys?.some(({ tenant }) => tenant !== undefined)) {
      return [finding('NO_API_KEY', area, subject, `there is no key of a tenant in ${path}`), ...mode]
    }
    const expiries = keys.flatMap((key) => checkExpiry(key, now))
    return [fine(area, subject, `${keys.length} keys in ${path}`), ...expiries, ...mode]
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error
    return [finding('KEYS_FILE_INVALID', area, subject, `${path}: ${error.message}`)]
  }
}
