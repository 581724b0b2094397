import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { unreadable } from '../files/read-regular-file.ts'
import type { KeyEntry } from './api-key.ts'
import { KeyFileError, parseKeys, readKeyFile } from './key-file.ts'

/** Interval between looks at the file, and between the failures that count, in ms. */
const checkEveryMs = 1_000
/** A counted failure may be so much early, in ms: timers do not keep to the millisecond. */
const slackMs = 100
/** Failures in a row from which on the file is lost. */
const lostAfter = 3

interface FollowKeyFileOptions {
  /** Receives the keys of the file whenever it has changed. */
  readonly onEntries: (entries: readonly KeyEntry[]) => void
  /** Receives each failure that differs from the one before. */
  readonly onError: (error: unknown) => void
  /** Called after three failures in a row, a second apart. */
  readonly onLost: () => void
  /** Called when the lost file could be read again, before its keys are received. */
  readonly onFound: () => void
}

export interface FollowedKeyFile extends Disposable {
  /** Failures so far, at most one a second. */
  readonly failedReads: number
  /** Reads the file if it has changed, or if reading it has failed. */
  check(): void
}

/** Failures since the file could be read last. */
interface Failures {
  readonly count: number
  /** When the last one was counted, by `performance.now()`. */
  readonly countedAt: number
  readonly message: string
}

/** What lies at the path, and of when: a new version with every change that `changeKeys` makes. */
function versionOf(path: string): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stat ? `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'none'
  } catch (error) {
    throw new KeyFileError(unreadable(error).message, { cause: error })
  }
}

/** Reads the file, and follows it. A file that is not there at first has no keys. Throws KeyFileError. */
export function followKeyFile(path: string, options: FollowKeyFileOptions): FollowedKeyFile {
  const { onEntries, onError, onLost, onFound } = options
  let version = versionOf(path)
  const text = readKeyFile(path)
  onEntries(text === undefined ? [] : parseKeys(text))
  let failures: Failures | undefined
  /** A version with unfit content: reading it again would find the same. */
  let broken: { readonly version: string; readonly error: KeyFileError } | undefined
  let failedReads = 0

  function read(found: string): readonly KeyEntry[] {
    if (broken?.version === found) throw broken.error
    const text = readKeyFile(path)
    if (text === undefined) throw new KeyFileError('is gone')
    try {
      return parseKeys(text)
    } catch (error) {
      if (error instanceof KeyFileError) broken = { version: found, error }
      throw error
    }
  }

  function succeed(): void {
    const isLost = failures !== undefined && failures.count >= lostAfter
    failures = undefined
    broken = undefined
    if (isLost) onFound()
  }

  function fail(error: unknown): void {
    const now = performance.now()
    const {
      count,
      countedAt,
      message: told,
    } = failures ?? { count: 0, countedAt: Number.NEGATIVE_INFINITY, message: '' }
    const message = String(error)
    // Requests with unknown keys cause reads, too, and must not use up the patience.
    const isDue = now - countedAt >= checkEveryMs - slackMs
    failures = isDue ? { count: count + 1, countedAt: now, message } : { count, countedAt, message }
    if (isDue) failedReads += 1
    if (message !== told) onError(error)
    if (isDue && count + 1 === lostAfter) onLost()
  }

  function check(): void {
    let entries: readonly KeyEntry[] | undefined
    try {
      const found = versionOf(path)
      if (found !== version) entries = read(found)
      // Only now: what could not be read is read again.
      version = found
    } catch (error) {
      fail(error)
      return
    }
    succeed()
    if (entries) onEntries(entries)
  }

  const timer = setInterval(check, checkEveryMs).unref()
  const watcher = watchFolder(path, check)
  return {
    get failedReads() {
      return failedReads
    },
    check,
    [Symbol.dispose]() {
      clearInterval(timer)
      watcher?.close()
    },
  }
}

/** Sooner than the timer, where the system tells of changes. */
function watchFolder(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) onChange()
    })
    return watcher.on('error', () => watcher.close())
  } catch {
    // The timer is enough.
    return undefined
  }
}
