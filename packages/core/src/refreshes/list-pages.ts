import { hash } from 'node:crypto'
import { RegistryError } from '../base/errors.ts'
import type { ListBudget, TurnOptions } from '../budgets/listings.ts'

/** Characters of a cursor, which is sent back as it came. */
const maxCursorLength = 64 * 1024

/** Characters of a cursor that is remembered as it is. */
const maxKeptLength = 64
/** A page that leaves much garbage, in bytes. */
const largePageBytes = 1024 * 1024
/** More than V8 lets come between two collections. */
const pressureBytes = 128 * 1024 * 1024

/**
 * Has V8 collect what large pages leave soon: by itself it lets the heap grow to some times of what is in use. V8 counts
 * the buffer as memory that is taken; the system gives none for what is not touched.
 */
function pressCollection(): void {
  try {
    new ArrayBuffer(pressureBytes)
  } catch (error) {
    // Where it cannot be had, memory is short, and V8 knows.
    if (!(error instanceof RangeError)) throw error
  }
}

/** One page of a list of a server, its entries as they came. */
export interface ListPage {
  readonly entries: readonly unknown[]
  readonly nextCursor: string | undefined
  /** Of the message in which it came. */
  readonly bytes: number
}

export interface ReadPagesOptions {
  /** The method, as it reads in messages. */
  readonly what: string
  readonly budget: ListBudget
  readonly signal: AbortSignal
  readonly ask: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage>
  /** Awaited, so that no more than one page is worked on at a time. */
  readonly take: (page: ListPage) => Promise<void>
}

/** What is read next. */
interface Step {
  readonly cursor: string | undefined
  /** Of the page that came before. */
  readonly bytesBefore: number
  /** Where it is asked for already. */
  readonly coming?: Promise<ListPage>
  /** The page came, and may only be held in its turn. */
  readonly inTurn?: true
}

/** Made once: without a reason, each abort would make one, with a stack. */
const listEnded = new RegistryError('CANCELED', 'The list has ended')

/** Answers a function that throws PROTOCOL_ERROR for a cursor that it was given before, or that is too long. */
function createCursorCheck(what: string): (cursor: string) => void {
  // Long ones as their hashes: there may be many.
  const seen = new Set<string>()
  return (cursor) => {
    const wrong = (how: string) => new RegistryError('PROTOCOL_ERROR', `${what} gave ${how}`)
    if (cursor.length > maxCursorLength) {
      throw wrong(`a cursor of ${cursor.length} characters; expected at most ${maxCursorLength}`)
    }
    const key = cursor.length > maxKeptLength ? hash('sha256', cursor, 'base64') : cursor
    if (seen.has(key)) throw wrong(`the same cursor twice, after page ${seen.size + 1}; expected a new one or none`)
    seen.add(key)
  }
}

/**
 * Reads every page of a list (MCP 2025-11-25, pagination) within its budget. While the list is small, the next page is
 * asked for before the one that came is taken. A page that may not be held before the list has its turn is let go, and
 * asked for again then. Rejects with what `ask` and `take` reject with, LIMIT_EXCEEDED, and PROTOCOL_ERROR for a cursor
 * that comes twice.
 */
export async function readPages({ what, budget, signal, ask, take }: ReadPagesOptions): Promise<void> {
  const check = createCursorCheck(what)
  const leaving = new AbortController()
  const ending = AbortSignal.any([signal, leaving.signal])
  const turn: TurnOptions = { signal, giveUp: (error) => leaving.abort(error) }
  const request = (cursor: string | undefined) => {
    const page = ask(cursor, ending)
    // Looked at only once the page before it has been read.
    page.catch(() => undefined)
    return page
  }

  /** Has a page taken; a call of its own, so that nothing holds the page while the next one is waited for. */
  async function read({ cursor, coming = request(cursor) }: Step): Promise<Step | undefined> {
    const page = await coming
    if (!(await budget.mayHold(page.bytes, turn))) return { cursor, bytesBefore: page.bytes, inTurn: true }
    budget.page(page.bytes, page.entries.length)
    const { nextCursor, bytes } = page
    if (nextCursor !== undefined) check(nextCursor)
    const isAhead = nextCursor !== undefined && budget.isSmall
    // The server works on the next page while this one is read.
    const next = isAhead ? request(nextCursor) : undefined
    await take(page)
    return nextCursor === undefined
      ? undefined
      : { cursor: nextCursor, bytesBefore: bytes, ...(next ? { coming: next } : {}) }
  }

  try {
    let step: Step | undefined = { cursor: undefined, bytesBefore: 0 }
    while (step) {
      if (step.bytesBefore > largePageBytes) pressCollection()
      if (step.inTurn) await budget.turn(turn)
      step = await read(step)
    }
  } finally {
    leaving.abort(listEnded)
  }
}
