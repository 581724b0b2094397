import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Authenticate, isOver } from '../access/authenticate.ts'
import type { Caller } from '../caller.ts'
import { callerOf, hashKey, type KeyEntry, keyOf } from './api-key.ts'
import { readKeys } from './key-file.ts'

const checkEveryMs = 1_000

export interface ApiKeysOptions {
  /** Hears why a changed file is of no use; the keys that were known stay. @default ignores it */
  readonly onError?: (error: unknown) => void
}

/** The keys of a file. Whoever opened it closes it. */
export interface ApiKeys extends Disposable {
  /** For `createHandler`. */
  readonly authenticate: Authenticate
  /** How many there are, expired ones included. */
  readonly count: number
  /** There is one; it hears of the keys that there are, and of what comes. */
  observe(observer: KeyObserver): void
}

export interface KeyObserver {
  /** The file has changed; a key that is written anew counts as revoked and added. */
  changed(change: { readonly added: readonly KeyEntry[]; readonly revoked: readonly KeyEntry[] }): void
  /** Somebody came without a valid key; `expired` is the one that he had, where it is known. */
  refused(expired: KeyEntry | undefined): void
}

interface Known {
  readonly entry: KeyEntry
  readonly caller: Caller
  readonly revoke: AbortController
}

/** Which file lies at the path, and of when: a new one with every change that `changeKeys` makes. */
function versionOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat ? `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'none'
}

/**
 * Opens the file of API keys that `toolyard keys` writes, and follows it: a key that is added is taken from its first
 * use on, one that is revoked or changed ends its sockets and event streams within about a second. A file that is not
 * there has no keys. A file that is broken, or gone, while it is open changes nothing, and is told to `onError`.
 * Throws KeyFileError.
 */
export function openApiKeys(path: string, { onError = () => undefined }: ApiKeysOptions = {}): ApiKeys {
  let version = versionOf(path)
  let known: ReadonlyMap<string, Known> = new Map()
  let observer: KeyObserver | undefined
  take(readKeys(path) ?? [])

  function take(entries: readonly KeyEntry[]): void {
    const former = known
    known = new Map(
      entries.map((entry) => {
        const same = former.get(entry.hash)
        if (same && JSON.stringify(same.entry) === JSON.stringify(entry)) return [entry.hash, same]
        const revoke = new AbortController()
        return [entry.hash, { entry, caller: callerOf(entry, revoke.signal), revoke }]
      }),
    )
    const gone = [...former].filter(([hash, each]) => known.get(hash) !== each).map(([, each]) => each)
    for (const { revoke } of gone) revoke.abort()
    const added = [...known].filter(([hash, each]) => former.get(hash) !== each).map(([, { entry }]) => entry)
    if (gone.length + added.length > 0) observer?.changed({ added, revoked: gone.map(({ entry }) => entry) })
  }

  function check(): void {
    try {
      const found = versionOf(path)
      if (found === version) return
      version = found
      const entries = readKeys(path)
      if (!entries) throw new Error(`expected a file of API keys at ${path}, found none`)
      take(entries)
    } catch (error) {
      onError(error)
    }
  }

  function find(key: string): Caller | undefined {
    // What is looked up is a digest: how long that takes tells nothing of the keys that there are.
    const caller = known.get(hashKey(key))?.caller
    return caller && !isOver(caller) ? caller : undefined
  }

  const timer = setInterval(check, checkEveryMs).unref()
  const watcher = watchFolder(path, check)

  return {
    authenticate({ authorization }) {
      const key = keyOf(authorization)
      const caller = key === undefined ? undefined : find(key)
      if (caller) return caller
      // It may have been added a moment ago.
      if (key !== undefined) check()
      const added = key === undefined ? undefined : find(key)
      if (!added) observer?.refused(key === undefined ? undefined : known.get(hashKey(key))?.entry)
      return added
    },
    get count() {
      return known.size
    },
    observe(next) {
      observer = next
      next.changed({ added: [...known.values()].map(({ entry }) => entry), revoked: [] })
    },
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
