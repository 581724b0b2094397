import type { Authenticate, Caller, Operator } from '@toolyard/graphql'
import { isExpired } from '@toolyard/graphql/internal'
import { hashKey, holderOf, type KeyEntry, keyOf } from './api-key.ts'
import { type FollowedKeyFile, followKeyFile } from './follow-key-file.ts'

export interface ApiKeysOptions {
  /**
   * Receives the reason that the file could not be read. The known keys stay valid until three reads in a row have
   * failed. @default ignores it
   */
  readonly onError?: (error: unknown) => void
  /**
   * Called when the file cannot be read and no key is valid any longer, and when it can be read again. @default ignores
   * it
   */
  readonly onStatus?: (status: ApiKeysStatus) => void
}

/** CLOSED: the file could not be read three times in a row, a second apart; no key is valid until it can be read again. */
export type ApiKeysStatus = 'OPEN' | 'CLOSED'

/** The keys of a file. The caller of `openApiKeys` disposes of them. */
export interface ApiKeys extends Disposable {
  /** For `createHandler`. */
  readonly authenticate: Authenticate
  /** Number of keys, expired ones included. */
  readonly count: number
  readonly status: ApiKeysStatus
  /** Whether a key is of this tenant, expired ones included. */
  hasTenant(name: string): boolean
  /** Reads of the file that have failed so far, at most one a second. */
  readonly failedReads: number
  /** Sets the only observer, which receives the current keys and all changes. */
  observe(observer: KeyObserver): void
}

export interface KeyObserver {
  /** The file has changed; a key that is written anew counts as revoked and added. */
  changed(change: { readonly added: readonly KeyEntry[]; readonly revoked: readonly KeyEntry[] }): void
  /** A request came without a valid key; `expired` is the one that it had, if it is known. */
  refused(expired: KeyEntry | undefined): void
}

interface Known {
  readonly entry: KeyEntry
  readonly holder: Caller | Operator
  readonly revoke: AbortController
}
type KnownKeys = ReadonlyMap<string, Known>

/** Builds the known keys; entries that have not changed since `former` keep their objects. */
function knownKeys(entries: readonly KeyEntry[], former: KnownKeys): KnownKeys {
  return new Map(
    entries.map((entry) => {
      const same = former.get(entry.hash)
      if (same && JSON.stringify(same.entry) === JSON.stringify(entry)) return [entry.hash, same]
      const revoke = new AbortController()
      return [entry.hash, { entry, holder: holderOf(entry, revoke.signal), revoke }]
    }),
  )
}

const missingFrom = (others: KnownKeys) => (keys: KnownKeys) =>
  [...keys].filter(([hash, each]) => others.get(hash) !== each).map(([, each]) => each)

class FileApiKeys implements ApiKeys {
  readonly #options: ApiKeysOptions
  readonly #file: FollowedKeyFile
  /** The keys as last read. */
  #keys: KnownKeys = new Map()
  #status: ApiKeysStatus = 'OPEN'
  #observer: KeyObserver | undefined

  constructor(path: string, options: ApiKeysOptions) {
    this.#options = options
    this.#file = followKeyFile(path, {
      onEntries: (entries) => this.#replaceKeys(entries),
      onError: (error) => options.onError?.(error),
      onLost: () => this.#close(),
      onFound: () => this.#reopen(),
    })
  }

  get count(): number {
    return this.#keys.size
  }

  hasTenant(name: string): boolean {
    return [...this.#keys.values()].some(({ holder }) => holder.tenant === name)
  }

  get status(): ApiKeysStatus {
    return this.#status
  }

  get failedReads(): number {
    return this.#file.failedReads
  }

  readonly authenticate: Authenticate = ({ authorization }) => {
    const key = keyOf(authorization)
    const holder = key === undefined ? undefined : this.#find(key)
    if (holder) return holder
    // It may have been added a moment ago.
    if (key !== undefined) this.#file.check()
    const added = key === undefined ? undefined : this.#find(key)
    if (!added && this.#status === 'OPEN') {
      this.#observer?.refused(key === undefined ? undefined : this.#keys.get(hashKey(key))?.entry)
    }
    return added
  }

  observe(observer: KeyObserver): void {
    this.#observer = observer
    observer.changed({ added: [...this.#keys.values()].map(({ entry }) => entry), revoked: [] })
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]()
  }

  #find(key: string): Caller | Operator | undefined {
    if (this.#status === 'CLOSED') return undefined
    // The lookup is by digest, so that its duration reveals nothing of the keys.
    const holder = this.#keys.get(hashKey(key))?.holder
    return holder && !isExpired(holder) ? holder : undefined
  }

  #replaceKeys(entries: readonly KeyEntry[]): void {
    const former = this.#keys
    this.#keys = knownKeys(entries, former)
    const revoked = missingFrom(this.#keys)(former)
    for (const { revoke } of revoked) revoke.abort()
    const added = missingFrom(former)(this.#keys).map(({ entry }) => entry)
    if (revoked.length + added.length > 0) {
      this.#observer?.changed({ added, revoked: revoked.map(({ entry }) => entry) })
    }
  }

  #close(): void {
    this.#status = 'CLOSED'
    for (const { revoke } of this.#keys.values()) revoke.abort()
    this.#options.onStatus?.(this.#status)
  }

  #reopen(): void {
    this.#status = 'OPEN'
    // An aborted signal stays aborted, so these keys need new ones; they were neither added nor revoked.
    this.#keys = knownKeys(
      [...this.#keys.values()].map(({ entry }) => entry),
      new Map(),
    )
    this.#options.onStatus?.(this.#status)
  }
}

/**
 * Opens the file of API keys that `toolyard keys` writes, and follows it. An added key works from its first use on; a
 * revoked or changed one ends its sockets and event streams within about a second. A file that does not exist has no
 * keys. A file that becomes unreadable, broken or missing is reported to `onError`, and read again each second. After
 * three failures no key is valid, and all sockets and event streams end, until it can be read again.
 * @throws KeyFileError
 */
export function openApiKeys(path: string, options: ApiKeysOptions = {}): ApiKeys {
  return new FileApiKeys(path, options)
}
