import { hash } from 'node:crypto'
import type { KnownEntry } from '../sessions/known-pages.ts'
import type { ListPage } from '../sessions/list-page.ts'

/** A definition that came before, in the same page: it is read if it is not the stored one. */
export interface KnownDefinition<Definition> {
  readonly digest: string
  readonly read: () => Definition
}

/** A definition that a server lists. */
export type Listed<Definition> = Definition | KnownDefinition<Definition>

export function readListed<Definition extends object>(listed: Listed<Definition>): Definition {
  return 'read' in listed ? listed.read() : listed
}

/** Whether it is the definition that is stored with this text. */
export function isStoredAs(listed: Listed<{ readonly definitionText: string }>, storedText: string): boolean {
  return 'read' in listed ? listed.digest === digestOf(storedText) : listed.definitionText === storedText
}

export function knownEntry(name: string, definitionText: string): KnownEntry {
  return { name, digest: digestOf(definitionText) }
}

const digestOf = (definitionText: string) => hash('sha256', definitionText, 'base64')

/**
 * Answers the function that finds a definition of a known page by its name. It parses the page when it is first called, and
 * lets go of it then. `check` accepts each of the entries, as it did before.
 */
export function readerOf<Definition>(
  page: ListPage,
  check: (raw: unknown) => readonly [name: string, Definition] | undefined,
): (name: string) => Definition {
  let unread: ListPage | undefined = page
  let checked: ReadonlyMap<string, Definition> | undefined
  return (name) => {
    if (unread) checked = new Map(unread.entries.map(check).filter((each) => each !== undefined))
    unread = undefined
    const found = checked?.get(name)
    if (found === undefined) throw new TypeError(`A page of a list that was accepted before has no "${name}" now`)
    return found
  }
}
