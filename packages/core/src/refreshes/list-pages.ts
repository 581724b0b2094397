import { hash } from 'node:crypto'
import { RegistryError } from '../base/errors.ts'
import type { ListBudget, TurnOptions } from '../budgets/listings.ts'
import type { ListPage } from '../sessions/list-page.ts'

/** Longest cursor, in characters: it is sent back as it came. */
const maxCursorLength = 64 * 1024

/** Longest cursor that is remembered as it is, in characters; a longer one is remembered by its hash. */
const maxKeptLength = 64
/** Size from which a page leaves much garbage, in bytes. */
const largePageBytes = 1024 * 1024
/** Size of a buffer that makes V8 collect, in bytes: more than it lets pile up between two collections. */
const pressureBytes = 128 * 1024 * 1024

/**
 * Makes V8 collect the garbage of large pages soon: by itself, it lets the heap grow to several times what is in use. V8
 * counts the buffer as used memory, while the system allocates none for memory that is not touched.
 */
function pressCollection(): void {
  try {
    new ArrayBuffer(pressureBytes)
  } catch (error) {
    // Without room for the buffer, V8 collects by itself.
    if (!(error instanceof RangeError)) throw error
  }
}

export interface ReadPagesOptions {
  /** The method, for messages. */
  readonly what: string
  readonly budget: ListBudget
  readonly signal: AbortSignal
  readonly ask: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage>
  /** Awaited, so that no more than one page is worked on at a time. */
  readonly take: (page: ListPage) => Promise<void>
}

/** The page to read next. */
interface Step {
  readonly cursor: string | undefined
  /** Size of the page before. */
  readonly bytesBefore: number
  /** The page, if it was requested ahead. */
  readonly coming?: Promise<ListPage>
  /** Whether the page came and was dropped, as it may only be held once the list has its turn. */
  readonly inTurn?: true
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const listEnded = new RegistryError('CANCELED', 'The list has ended')

/** Answers the function that refuses a cursor that is too long, or that it has seen before. */
function createCursorCheck(what: string): (cursor: string) => void {
  // Long cursors as hashes, as there may be many.
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
 * Reads every page of a list (MCP 2025-11-25, pagination) within its budget. While the list is small, it requests the next
 * page before it takes the current one. A page that may only be held in the list's turn is dropped, and requested again
 * then. Rejects as `ask` and `take` do.
 *
 * @throws LIMIT_EXCEEDED
 * @throws PROTOCOL_ERROR for a cursor that comes twice
 */
export async function readPages({ what, budget, signal, ask, take }: ReadPagesOptions): Promise<void> {
  const check = createCursorCheck(what)
  const leaving = new AbortController()
  const ending = AbortSignal.any([signal, leaving.signal])
  const turn: TurnOptions = { signal, giveUp: (error) => leaving.abort(error) }
  const request = (cursor: string | undefined) => {
    const page = ask(cursor, ending)
    // Awaited only after the page before it.
    page.catch(() => undefined)
    return page
  }

  /** Reads one page, in a call of its own: nothing holds the page while the next one is awaited. */
  async function read({ cursor, coming = request(cursor) }: Step): Promise<Step | undefined> {
    const page = await coming
    if (!(await budget.mayHold(page.bytes, turn))) return { cursor, bytesBefore: page.bytes, inTurn: true }
    budget.page(page.bytes, page.count)
    const { nextCursor, bytes } = page
    if (nextCursor !== undefined) check(nextCursor)
    const isAhead = nextCursor !== undefined && budget.isSmall
    // The server prepares the next page while this one is taken.
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
