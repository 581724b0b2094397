import { RegistryError } from '../../base/errors.ts'

interface FollowedUri extends PromiseWithResolvers<void> {
  isAcknowledged: boolean
}

export interface FollowedUrisOptions {
  readonly onUpdated: (uri: string) => void
  readonly onEnded: (uri: string, error: unknown) => void
}

/** The resources that a stream of changes is to ask for, and whether the server has acknowledged each. */
export class FollowedUris {
  readonly #options: FollowedUrisOptions
  readonly #followed = new Map<string, FollowedUri>()
  /** Whether new ones are asked for one at a time: the server has refused several, and did not say which. */
  #isOneByOne = false

  constructor(options: FollowedUrisOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#followed.size
  }

  /** Whether any has not been acknowledged. */
  get hasNew(): boolean {
    return this.#followed.values().some(({ isAcknowledged }) => !isAcknowledged)
  }

  /** Resolves once the server has acknowledged it. */
  add(uri: string): Promise<void> {
    const followed = this.#followed.get(uri) ?? { isAcknowledged: false, ...Promise.withResolvers<void>() }
    this.#followed.set(uri, followed)
    // A caller that has given up no longer waits for it.
    followed.promise.catch(() => undefined)
    return followed.promise
  }

  delete(uri: string): boolean {
    return this.#followed.delete(uri)
  }

  toAskFor(): ReadonlySet<string> {
    const isNew = this.#followed.entries().filter(([, { isAcknowledged }]) => !isAcknowledged)
    const added = isNew.map(([uri]) => uri).toArray()
    if (added.length === 0) this.#isOneByOne = false
    const held = new Set(added.slice(this.#isOneByOne ? 1 : added.length))
    return new Set(this.#followed.keys().filter((uri) => !held.has(uri)))
  }

  /** `hadGap`: whether updates of those that were acknowledged before may have been missed. */
  acknowledge(asked: ReadonlySet<string>, honoured: ReadonlySet<unknown>, hadGap: boolean): void {
    for (const uri of asked) {
      const followed = this.#followed.get(uri)
      if (!followed) continue
      if (!honoured.has(uri)) {
        const message = `The server does not notify of updates of ${JSON.stringify(uri.slice(0, 200))}`
        this.#drop(uri, new RegistryError('NOT_FOUND', message, { path: ['uri'] }))
      } else if (followed.isAcknowledged) {
        if (hadGap) this.#options.onUpdated(uri)
      } else {
        followed.isAcknowledged = true
        followed.resolve()
      }
    }
  }

  /**
   * Drops what is new among those that were asked for, and returns whether there was any. `isOfOne`: any one of them may be why,
   * so each is asked for alone.
   */
  refuseNew(asked: ReadonlySet<string>, error: unknown, isOfOne: boolean): boolean {
    const added = [...asked].filter((uri) => this.#followed.get(uri)?.isAcknowledged === false)
    if (isOfOne && added.length > 1) this.#isOneByOne = true
    else for (const uri of added) this.#drop(uri, error)
    return added.length > 0
  }

  refuseAll(error: unknown): void {
    for (const uri of [...this.#followed.keys()]) this.#drop(uri, error)
  }

  rejectAll(error: unknown): void {
    for (const { reject } of this.#followed.values()) reject(error)
    this.#followed.clear()
  }

  #drop(uri: string, error: unknown): void {
    const followed = this.#followed.get(uri)
    this.#followed.delete(uri)
    if (followed?.isAcknowledged) this.#options.onEnded(uri, error)
    else followed?.reject(error)
  }
}
