import { cutParts } from '../base/cut-text.ts'
import { budgetTable } from '../budgets/budget-table.ts'
import { decodings } from './decode-text.ts'
import { createNeedleSearch, type NeedleSearch } from './find-needles.ts'
import { needlesOf, secretPartsOf } from './needles.ts'

/**
 * Removes the secrets of a session from a text of an MCP server, and puts `[sealed]` in their place. A text over `textBytes`
 * is cut off there, with a mark.
 */
export interface Scrub {
  (text: string): string
  /** Whether there are secrets to remove. */
  readonly hasSecrets: boolean
  /** Longest text that it keeps, in bytes of UTF-8. */
  readonly textBytes: number
}

const sealed = '[sealed]'

/** Replaces each run of units in `isSealed` with a mark. */
function withMarks(text: string, isSealed: Uint8Array): string {
  const parts: string[] = []
  let copied = 0
  for (let start = isSealed.indexOf(1); start !== -1; start = isSealed.indexOf(1, copied)) {
    parts.push(text.slice(copied, start), sealed)
    const end = isSealed.indexOf(0, start)
    copied = end === -1 ? text.length : end
    if (end === -1) break
  }
  return parts.length === 0 ? text : [...parts, text.slice(copied)].join('')
}

function seal(text: string, search: NeedleSearch): string {
  const isSealed = new Uint8Array(text.length)
  const isDone = search.find(decodings(text), (start, end) => isSealed.fill(1, start, end))
  return isDone ? withMarks(text, isSealed) : sealed
}

/**
 * Removes `values` from texts: as they are, in base64 and base64url at any offset, encoded for URLs and forms, escaped for
 * JSON, and nested. At the end of a cut text it also removes the beginning of a value. A value of 4 or 5 characters is
 * removed only if no letter or digit is beside it; a shorter one stays.
 *
 * Takes time in proportion to the text, at most `textBytes` of it. A text that would take longer, as it begins like secrets
 * over and over, is sealed as a whole. `onCut` is called for each text that was cut.
 */
export function createScrub(
  values: readonly string[],
  textBytes: number = budgetTable.textBytes.default,
  onCut: () => void = () => undefined,
): Scrub {
  const secrets = secretPartsOf(values)
  const hasSecrets = secrets.length > 0
  // Created on first use: most sessions have no text to scrub.
  let search: NeedleSearch | undefined
  const scrub = (text: string) => {
    const { head, mark } = cutParts(text, textBytes)
    if (mark !== '') onCut()
    search ??= hasSecrets ? createNeedleSearch(needlesOf(secrets)) : undefined
    // The mark is added last: a secret that was cut is searched for at the end of the text.
    return (search ? seal(head, search) : head) + mark
  }
  return Object.assign(scrub, { hasSecrets, textBytes })
}

/** For texts from before a secret is known. */
export const scrubNothing: Scrub = createScrub([])
