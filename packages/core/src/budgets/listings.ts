import type { RegistryError } from '../base/errors.ts'
import type { BudgetMeter } from './budget-meter.ts'
import type { BudgetName } from './budget-table.ts'
import { createTurns } from './turns.ts'

/** A listing may hold as little as this freely, however the budgets are set. */
const leastFreeBytes = 256 * 1024
/** Bytes of pages up to which two may be under way at once. */
const smallBytes = 1024 * 1024
/** Interval between looks whether others wait for the turn of a list that has had its time, in ms. */
const lookMs = 1_000

/** The budget of one list of a server while it is read and worked on. Disposing of it gives everything back. */
export interface ListBudget extends Disposable {
  /** Bytes that are held of the list. */
  readonly held: number
  /** Whether the list is small still, so that two of its pages may be under way at once. */
  readonly isSmall: boolean
  /** Whether it waits for its turn: what fails meanwhile is no fault of the server. */
  readonly isWaiting: boolean
  /**
   * Whether a page of so many bytes may be held now. If not, the page has to be let go, and asked for again after `turn`:
   * what waits holds nothing more than its free part.
   */
  mayHold(bytes: number, turn: TurnOptions): Promise<boolean>
  /** Waits for the turn of large lists, which it has until the end. Rejects with the reason of `signal`. */
  turn(options: TurnOptions): Promise<void>
  /** Counts a page that came. Throws LIMIT_EXCEEDED for one too many, and for bytes of all pages. */
  page(bytes: number, entries: number): void
  /** Counts what is held of an entry. Throws LIMIT_EXCEEDED. */
  hold(bytes: number): void
  /** All pages are there: from now on the list depends on the server no more. */
  complete(): void
  /** Begins anew with the first page; a turn stays. */
  restart(): void
}

export interface TurnOptions {
  readonly signal: AbortSignal
  /** Called once, if the list keeps others waiting for longer than `largeListMs`: it has to end. */
  readonly giveUp: (error: RegistryError) => void
}

export interface ListingOptions {
  /** The list, as it is called in messages. */
  readonly what: string
  /** What bounds all pages of it. */
  readonly bytes: Extract<BudgetName, 'listBytes' | 'previewBytes'>
}

/** What all lists share that are read at a time. */
export interface Listings<Owner> {
  begin(owner: Owner, options: ListingOptions): ListBudget
}

/**
 * Each list holds a small part of `listingBytes` freely. Beyond it, it needs the turn of large lists, which one list has at
 * a time, by turns of owners: so no two that hold a part wait for each other.
 */
export function createListings<Owner>(meter: BudgetMeter): Listings<Owner> {
  const { budgets } = meter
  const { listBytes, listingBytes, listPages, listTools, largeListMs, refreshes } = budgets
  const turns = createTurns<Owner>({ max: 1, share: () => 1 })
  const freeBytes = Math.max(leastFreeBytes, Math.floor((listingBytes - listBytes) / refreshes))

  function begin(owner: Owner, { what, bytes: own }: ListingOptions): ListBudget {
    const limit = budgets[own] <= listingBytes ? own : 'listingBytes'
    let pages = 0
    let entries = 0
    let pageBytes = 0
    let held = 0
    let giveBack: (() => void) | undefined
    let isWaiting = false
    let timer: NodeJS.Timeout | undefined

    function tooMany(bytes: number): RegistryError {
      return meter.exceeded(limit, { what, got: bytes })
    }

    function look(giveUp: TurnOptions['giveUp']): void {
      if (turns.waiting > 0) {
        const about = `A large ${what}, while others wait for theirs`
        giveUp(meter.exceeded('largeListMs', { what: about, retryable: true }))
      } else timer = setTimeout(look, lookMs, giveUp).unref()
    }

    async function turn({ signal, giveUp }: TurnOptions): Promise<void> {
      isWaiting = true
      giveBack = await turns.acquire(owner, signal)
      isWaiting = false
      timer = setTimeout(look, largeListMs, giveUp).unref()
    }

    return {
      get held() {
        return held
      },
      get isSmall() {
        return !giveBack && pageBytes <= smallBytes
      },
      get isWaiting() {
        return isWaiting
      },
      async mayHold(bytes, options) {
        if (giveBack || held + bytes <= freeBytes) return true
        if (!turns.isFree(owner)) return false
        await turn(options)
        return true
      },
      turn,
      page(bytes, count) {
        pages += 1
        if (pages > listPages) throw meter.exceeded('listPages', { what })
        pageBytes += bytes
        if (pageBytes > budgets[limit]) throw tooMany(pageBytes)
        entries += count
        if (entries > listTools) throw meter.exceeded('listTools', { what, got: entries })
      },
      hold(bytes) {
        held += bytes
        if (held > budgets[limit]) throw tooMany(held)
      },
      complete() {
        clearTimeout(timer)
      },
      restart() {
        pages = 0
        entries = 0
        pageBytes = 0
        held = 0
      },
      [Symbol.dispose]() {
        clearTimeout(timer)
        giveBack?.()
      },
    }
  }

  return { begin }
}
