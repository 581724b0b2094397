import type { IconName } from '../app/icons.tsx'

export type EntryDeed =
  | { readonly type: 'GO'; readonly href: string }
  | { readonly type: 'DO'; readonly act: () => void }

/** A line of the palette. */
export interface Entry {
  /** Unique in the palette, and valid in an id of the page. */
  readonly id: string
  readonly icon: IconName
  readonly name: string
  /** Where it is, or when it was. */
  readonly detail?: string
  readonly deed: EntryDeed
  /** Why the key may not do it. */
  readonly missing?: string | undefined
}

export interface EntryGroup {
  readonly name: string
  readonly entries: readonly Entry[]
}

/** Whether a text has all of the words, whatever their case. */
export function hasWords(text: string, words: string): boolean {
  const lower = text.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word))
}

/** The entry `step` after the active one, around the ends; the first if none is active. */
export function entryAfter(entries: readonly Entry[], activeId: string | undefined, step: 1 | -1): Entry | undefined {
  const at = entries.findIndex(({ id }) => id === activeId)
  if (at === -1) return entries.at(step === 1 ? 0 : -1)
  return entries[(at + step + entries.length) % entries.length]
}
