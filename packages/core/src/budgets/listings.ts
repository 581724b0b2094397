import type { RegistryError } from '../base/errors.ts'
import type { BudgetMeter } from './budget-meter.ts'
import type { BudgetName } from './budget-table.ts'
import { createTurns, type Turns } from './turns.ts'

/** Least bytes that a list may hold without the turn, however the budgets are set. */
const leastFreeBytes = 256 * 1024
/** Bytes of pages up to which two pages may be under way at once. */
const smallBytes = 1024 * 1024
/** Bytes of definitions whose outlines all lists may keep at a time. */
const outlinedBytes = 4 * 1024 * 1024
/** Interval between checks whether another list waits for the turn of one that has had its time, in ms. */
const pollMs = 1_000

/** The budget of one list of a server while it is read and processed. Disposing of it gives everything back. */
export interface ListBudget extends Disposable {
  /** Bytes of the list that are held. */
  readonly held: number
  /** Whether the list is small still, so that two of its pages may be under way at once. */
  readonly isSmall: boolean
  /** Whether it waits for its turn: a failure meanwhile is not the server's. */
  readonly isWaiting: boolean
  /**
   * Whether a page of so many bytes may be held now. If not, drop the page, and ask for it again after `turn`: a list
   * that waits holds only its free part.
   */
  mayHold(bytes: number, turn: TurnOptions): Promise<boolean>
  /** Waits for the turn of large lists, and keeps it until the end. Rejects with the reason of `signal`. */
  turn(options: TurnOptions): Promise<void>
  /**
   * Counts a page.
   * @throws LIMIT_EXCEEDED for too many pages, entries, or bytes of all pages.
   */
  page(bytes: number, entries: number): void
  /**
   * Counts the held bytes of an entry.
   * @throws LIMIT_EXCEEDED
   */
  hold(bytes: number): void
  /** Whether the list may keep the outline of an entry of so many bytes beside its text, until its end. */
  mayKeepOutline(bytes: number): boolean
  /** Ends the time limit: all pages are there, and the list no longer depends on the server. */
  complete(): void
  /** Restarts the current list with its first page, and keeps the turn. */
  restart(): void
  /** Begins another list of the same server, with pages and entries of its own; what is held stays, and so does the turn. */
  next(list: NextList): void
}

export interface TurnOptions {
  readonly signal: AbortSignal
  /** Called once if the list keeps another one waiting beyond `largeListMs`: it has to end. */
  readonly giveUp: (error: RegistryError) => void
}

/** A list within a listing. */
export interface NextList {
  /** Name of the list in messages. */
  readonly what: string
  /** The budget of its entries. */
  readonly entries: Extract<BudgetName, 'listTools' | 'listResources' | 'listResourceTemplates' | 'listPrompts'>
}

export interface ListingOptions {
  /** Name of the list in messages. */
  readonly what: string
  /** The budget of all pages of a list, and of what all lists hold. */
  readonly bytes: Extract<BudgetName, 'listBytes' | 'previewBytes'>
}

/** The budget that all lists share that are read at a time. */
export interface Listings<Owner> {
  begin(owner: Owner, options: ListingOptions): ListBudget
}

/**
 * Each list holds a small part of `listingBytes` freely. Beyond it, a list needs the turn of large lists, which one
 * list has at a time, by turns of owners: so no two lists that hold a part wait for each other.
 */
export function createListings<Owner>(meter: BudgetMeter): Listings<Owner> {
  const { listBytes, listingBytes, refreshes } = meter.budgets
  const turns = createTurns<Owner>({ max: 1, share: () => 1 })
  const freeBytes = Math.max(leastFreeBytes, Math.floor((listingBytes - listBytes) / refreshes))
  const outlined = { bytes: 0 }
  return { begin: (owner, options) => new TurnedListBudget({ meter, turns, freeBytes, outlined, owner }, options) }
}

interface ListBudgetDeps<Owner> {
  readonly meter: BudgetMeter
  readonly turns: Turns<Owner>
  /** Bytes that the list may hold without the turn. */
  readonly freeBytes: number
  /** Of what all lists keep outlines. */
  readonly outlined: { bytes: number }
  readonly owner: Owner
}

class TurnedListBudget<Owner> implements ListBudget {
  readonly #deps: ListBudgetDeps<Owner>
  #what: string
  #entriesLimit: NextList['entries'] = 'listTools'
  readonly #limit: BudgetName
  #pages = 0
  #entries = 0
  #pageBytes = 0
  #held = 0
  /** Bytes that earlier lists hold. */
  #heldBefore = 0
  #outlined = 0
  #giveBack: (() => void) | undefined
  #isWaiting = false
  #timer: NodeJS.Timeout | undefined

  constructor(deps: ListBudgetDeps<Owner>, { what, bytes }: ListingOptions) {
    const { budgets } = deps.meter
    this.#deps = deps
    this.#what = what
    this.#limit = budgets[bytes] <= budgets.listingBytes ? bytes : 'listingBytes'
  }

  get held() {
    return this.#held
  }

  get isSmall() {
    return !this.#giveBack && this.#pageBytes <= smallBytes
  }

  get isWaiting() {
    return this.#isWaiting
  }

  async mayHold(bytes: number, options: TurnOptions): Promise<boolean> {
    const { turns, freeBytes, owner } = this.#deps
    if (this.#giveBack) {
      // The turn is that of an earlier list, whose time has ended.
      if (!this.#timer) this.#startTimer(options.giveUp)
      return true
    }
    if (this.#held + bytes <= freeBytes) return true
    if (!turns.isFree(owner)) return false
    await this.turn(options)
    return true
  }

  async turn({ signal, giveUp }: TurnOptions): Promise<void> {
    const { turns, owner } = this.#deps
    this.#isWaiting = true
    this.#giveBack = await turns.acquire(owner, signal)
    this.#isWaiting = false
    this.#startTimer(giveUp)
  }

  #startTimer(giveUp: TurnOptions['giveUp']): void {
    const { largeListMs } = this.#deps.meter.budgets
    this.#timer = setTimeout(() => this.#giveUpIfAwaited(giveUp), largeListMs).unref()
  }

  page(bytes: number, entries: number): void {
    const { meter } = this.#deps
    const limit = this.#entriesLimit
    const { listPages, [limit]: most } = meter.budgets
    this.#pages += 1
    if (this.#pages > listPages) throw meter.exceeded('listPages', { what: this.#what })
    this.#pageBytes += bytes
    this.#assertWithin(this.#pageBytes)
    this.#entries += entries
    if (this.#entries > most) throw meter.exceeded(limit, { what: this.#what, got: this.#entries })
  }

  hold(bytes: number): void {
    this.#held += bytes
    this.#assertWithin(this.#held)
  }

  mayKeepOutline(bytes: number): boolean {
    const { outlined } = this.#deps
    if (outlined.bytes + bytes > outlinedBytes) return false
    outlined.bytes += bytes
    this.#outlined += bytes
    return true
  }

  complete(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  restart(): void {
    this.#pages = 0
    this.#entries = 0
    this.#pageBytes = 0
    this.#held = this.#heldBefore
  }

  next({ what, entries }: NextList): void {
    this.#what = what
    this.#entriesLimit = entries
    this.#heldBefore = this.#held
    this.#isWaiting = false
    this.complete()
    this.restart()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#giveBack?.()
    this.#deps.outlined.bytes -= this.#outlined
    this.#outlined = 0
  }

  #assertWithin(bytes: number): void {
    const { meter } = this.#deps
    const limit = this.#limit
    if (bytes > meter.budgets[limit]) throw meter.exceeded(limit, { what: this.#what, got: bytes })
  }

  /** Gives the turn up if another list waits for it; otherwise looks again later. */
  #giveUpIfAwaited(giveUp: TurnOptions['giveUp']): void {
    const { meter, turns } = this.#deps
    if (turns.waiting > 0) {
      const what = `A large ${this.#what}, while other lists wait for their turn`
      giveUp(meter.exceeded('largeListMs', { what, retryable: true }))
    } else this.#timer = setTimeout(() => this.#giveUpIfAwaited(giveUp), pollMs).unref()
  }
}
