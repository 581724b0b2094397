import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { issueInWords } from '@toolyard/core/internal/input-issues'
import { z } from 'zod'
import { codeOf, FileReadError, readRegularFile } from '../files/read-regular-file.ts'
import { type KeyEntry, keyEntry } from './api-key.ts'

const keyFile = z
  .strictObject({ version: z.literal(1), keys: z.array(keyEntry) })
  .refine(({ keys }) => new Set(keys.map(({ id }) => id)).size === keys.length, 'expected each id once')
  .refine(({ keys }) => new Set(keys.map(({ hash }) => hash)).size === keys.length, 'expected each hash once')

/** A file of API keys cannot be used. The message says why in one line, and quotes nothing of the file. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  if (!issue) return 'it is another one'
  // The other messages say what was expected, and quote nothing.
  const what = issue.code === 'unrecognized_keys' ? 'it has a member that is not known' : issue.message
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${what}` : what
}

/** Parses the text of a file of API keys. Throws KeyFileError. */
export function parseKeys(text: string): readonly KeyEntry[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // Without the message of the parser, which quotes the text.
    throw new KeyFileError('expected a file of API keys, got no JSON', { cause: error })
  }
  const parsed = keyFile.safeParse(value, { error: issueInWords })
  if (parsed.success) return parsed.data.keys
  throw new KeyFileError(`expected a file of API keys; ${problemOf(parsed.error)}`, { cause: parsed.error })
}

/** Refuses a link without a target: a change would replace the link, and other nodes would go on reading nothing. */
function assertNoDeadLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new KeyFileError('is a link to a missing file: create the file, or remove the link')
  }
}

/** Reads the text of the file; undefined if there is no such file. Throws KeyFileError. */
export function readKeyFile(path: string): string | undefined {
  try {
    return readRegularFile(path)
  } catch (error) {
    if (!(error instanceof FileReadError)) throw error
    if (error.code !== 'ENOENT') throw new KeyFileError(error.message, { cause: error })
    assertNoDeadLink(path)
    return undefined
  }
}

/** Reads the keys of the file; undefined if there is no such file. Throws KeyFileError. */
export function readKeys(path: string): readonly KeyEntry[] | undefined {
  const text = readKeyFile(path)
  return text === undefined ? undefined : parseKeys(text)
}

/** Opens the file that will replace the old one; it is also the lock against other writers. */
async function openLock(lock: string, deadline: number): Promise<number> {
  for (;;) {
    try {
      return openSync(lock, 'wx', 0o600)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST')
        throw new KeyFileError(`cannot be written (${String(codeOf(error))})`, { cause: error })
    }
    if (Date.now() > deadline) {
      throw new KeyFileError(`is locked by another process; if no process writes it, remove ${lock}`)
    }
    await delay(20)
  }
}

/** Keeps the owner of a file that root writes, so that its owner can still read it. */
function keepOwner(file: number, path: string): void {
  if (process.getuid?.() !== 0 || !existsSync(path)) return
  const { uid, gid } = statSync(path)
  fchownSync(file, uid, gid)
}

/**
 * Replaces the keys of the file, or creates it. Readers see the old or the new file, changes by several processes are
 * serialized, and the mode is 0600. Throws KeyFileError, and what `change` throws.
 */
export async function changeKeys(
  path: string,
  change: (keys: readonly KeyEntry[]) => readonly KeyEntry[],
  { waitMs = 10_000 } = {},
): Promise<void> {
  if (!existsSync(path)) assertNoDeadLink(path)
  const target = existsSync(path) ? realpathSync(path) : path
  const lock = `${target}.lock`
  const file = await openLock(lock, Date.now() + waitMs)
  // Synchronous from here on: no signal handler of this process runs in between.
  try {
    try {
      const keys = change(readKeys(target) ?? [])
      writeFileSync(file, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`)
      keepOwner(file, target)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(lock, target)
  } catch (error) {
    rmSync(lock, { force: true })
    throw error
  }
}
