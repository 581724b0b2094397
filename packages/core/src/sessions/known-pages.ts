import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { JsonObject } from '../base/json.ts'
import type { Frame } from './incoming/frame.ts'

/** Memory of all pages that are remembered, in bytes, approximately. */
const maxBytes = 8 * 1024 * 1024
/** Memory of a page, and of an entry, beside their texts, in bytes. */
const pageBytes = 256
const entryBytes = 160
/** Longest rest of a result that is remembered, in characters: cursors are short, as a rule. */
const maxRest = 4_096

/** An entry that a list has accepted. */
export interface KnownEntry {
  /** What the list knows it by. */
  readonly name: string
  /** SHA-256, Base64, of its definition as it is stored. */
  readonly digest: string
}

interface KnownPage {
  /** The result without its entries. */
  readonly rest: JsonObject
  readonly entries: readonly KnownEntry[]
}

/** The place of the id of the request in the message of an answer, which is another one each time. */
export interface IdPlace {
  readonly start: number
  readonly end: number
}

/** The text of a page of a list that came before. */
export class RepeatedPage {
  /** Undefined until it is remembered. */
  readonly known: KnownPage | undefined
  /** The bytes of its message, which it holds. */
  readonly frame: Frame
  /** Remembers that all entries were accepted, in this order. */
  readonly remember: (page: KnownPage) => void

  constructor(known: KnownPage | undefined, frame: Frame, remember: RepeatedPage['remember']) {
    this.known = known
    this.frame = frame
    this.remember = remember
  }
}

/**
 * Remembers the pages of lists by the digest of their bytes, the latest ones within some memory: a page that comes again need
 * be neither parsed nor checked.
 */
export class KnownPages {
  /** A page is remembered once it comes for the second time: most lists are read once, for a while. */
  readonly #pages = new LRUCache<string, KnownPage | 'SEEN'>({
    maxSize: maxBytes,
    sizeCalculation: (page) => (page === 'SEEN' ? pageBytes : sizeOf(page)),
  })

  /** The page, if it came before. `scope`: pages of one are unknown in any other. */
  see(frame: Frame, id: IdPlace, scope: string): RepeatedPage | undefined {
    const digest = digestOf(frame, id, scope)
    const found = this.#pages.get(digest)
    if (found === undefined) {
      this.#pages.set(digest, 'SEEN')
      return undefined
    }
    return new RepeatedPage(found === 'SEEN' ? undefined : found, frame, (page) => {
      if (JSON.stringify(page.rest).length <= maxRest) this.#pages.set(digest, page)
    })
  }
}

function digestOf({ parts }: Frame, { start, end }: IdPlace, scope: string): string {
  const digest = createHash('sha256').update(`${scope}\n`)
  let at = 0
  for (const part of parts) {
    const [before, after] = [Math.max(0, start - at), Math.max(0, end - at)]
    if (before >= part.length || after === 0) digest.update(part)
    else digest.update(part.subarray(0, before)).update(part.subarray(after))
    at += part.length
  }
  // Where the id was is part of it: the bytes around might be joined in another way.
  return digest.update(`\n${start}`).digest('base64')
}

function sizeOf({ rest, entries }: KnownPage): number {
  let size = pageBytes + 2 * JSON.stringify(rest).length
  for (const { name } of entries) size += entryBytes + 2 * name.length
  return size
}
