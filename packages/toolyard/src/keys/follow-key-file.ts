import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { unreadable } from '../files/read-regular-file.ts'
import type { KeyEntry } from './api-key.ts'
import { KeyFileError, parseKeys, readKeyFile } from './key-file.ts'

/** Interval between checks of the file, and between failures that count, in ms. */
const checkEveryMs = 1_000
/** Tolerance for the interval between failures, in ms: timers may fire early. */
const slackMs = 100
/** Number of failures in a row after which the file counts as lost. */
const lostAfter = 3

interface FollowKeyFileOptions {
  /** Receives the keys of the file whenever it has changed. */
  readonly onEntries: (entries: readonly KeyEntry[]) => void
  /** Receives each failure that differs from the one before. */
  readonly onError: (error: unknown) => void
  /** Called after three failures in a row, a second apart. */
  readonly onLost: () => void
  /** Called when the lost file can be read again, before `onEntries` receives its keys. */
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

const noFailures: Failures = { count: 0, countedAt: Number.NEGATIVE_INFINITY, message: '' }

/** Identifies the version of the file: every change by `changeKeys` makes a new one. */
function versionOf(path: string): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stat ? `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'none'
  } catch (error) {
    throw new KeyFileError(unreadable(error).message, { cause: error })
  }
}

class KeyFileFollower implements FollowedKeyFile {
  readonly #path: string
  readonly #options: FollowKeyFileOptions
  readonly #timer: NodeJS.Timeout
  readonly #watcher: FSWatcher | undefined
  #version: string
  #failures: Failures | undefined
  /** A version with unfit content: reading it again would find the same. */
  #broken: { readonly version: string; readonly error: KeyFileError } | undefined
  #failedReads = 0

  constructor(path: string, options: FollowKeyFileOptions) {
    this.#path = path
    this.#options = options
    this.#version = versionOf(path)
    const text = readKeyFile(path)
    options.onEntries(text === undefined ? [] : parseKeys(text))
    this.#timer = setInterval(() => this.check(), checkEveryMs).unref()
    this.#watcher = watchFolder(path, () => this.check())
  }

  get failedReads(): number {
    return this.#failedReads
  }

  check(): void {
    let entries: readonly KeyEntry[] | undefined
    try {
      const found = versionOf(this.#path)
      if (found !== this.#version) entries = this.#read(found)
      // Set only now: a file that could not be read is read again.
      this.#version = found
    } catch (error) {
      this.#recordFailure(error)
      return
    }
    this.#recordSuccess()
    if (entries) this.#options.onEntries(entries)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#watcher?.close()
  }

  #read(version: string): readonly KeyEntry[] {
    if (this.#broken?.version === version) throw this.#broken.error
    const text = readKeyFile(this.#path)
    if (text === undefined) throw new KeyFileError('no longer exists')
    try {
      return parseKeys(text)
    } catch (error) {
      if (error instanceof KeyFileError) this.#broken = { version, error }
      throw error
    }
  }

  #recordSuccess(): void {
    const isLost = this.#failures !== undefined && this.#failures.count >= lostAfter
    this.#failures = undefined
    this.#broken = undefined
    if (isLost) this.#options.onFound()
  }

  #recordFailure(error: unknown): void {
    const now = performance.now()
    const { count, countedAt, message: reported } = this.#failures ?? noFailures
    const message = String(error)
    // Requests with unknown keys cause reads, too, and must not use up the failures.
    const isDue = now - countedAt >= checkEveryMs - slackMs
    this.#failures = isDue ? { count: count + 1, countedAt: now, message } : { count, countedAt, message }
    if (isDue) this.#failedReads += 1
    if (message !== reported) this.#options.onError(error)
    if (isDue && count + 1 === lostAfter) this.#options.onLost()
  }
}

/** Watches for changes, if the system reports them: it is faster than the timer. */
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

/** Reads the file, and follows it. A file that is not there at first has no keys. Throws KeyFileError. */
export function followKeyFile(path: string, options: FollowKeyFileOptions): FollowedKeyFile {
  return new KeyFileFollower(path, options)
}
