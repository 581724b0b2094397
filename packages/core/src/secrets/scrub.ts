import { cutParts } from '../base/cut-text.ts'
import { budgetTable } from '../budgets/budget-table.ts'
import { decodings } from './decode-text.ts'
import { createNeedleSearch, type NeedleSearch } from './find-needles.ts'
import { needlesOf, secretPartsOf } from './needles.ts'

/**
 * A text of an MCP server without the secrets that a session knows; `[sealed]` stands where one was. Of a text over
 * `textBytes` it works on the beginning alone, and the rest is left out with a mark.
 */
export interface Scrub {
  (text: string): string
  /** Whether there is anything to remove. */
  readonly hasSecrets: boolean
  /** What it takes of a text at most, in bytes of UTF-8. */
  readonly textBytes: number
}

const sealed = '[sealed]'

/** The text with a mark for each run of units that `isSealed` has. */
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
 * JSON, and one in the other; at the end of a text that was cut, also the beginning of one. A value of 4 or 5 characters
 * goes only where no letter or digit is beside it, a shorter one stays. Takes time in proportion to the text, at most
 * `textBytes` of it: a text that would take longer, as it begins like secrets over and over, is sealed as a whole. `onCut` hears
 * of each text that was cut.
 */
export function createScrub(
  values: readonly string[],
  textBytes: number = budgetTable.textBytes.default,
  onCut: () => void = () => undefined,
): Scrub {
  const secrets = secretPartsOf(values)
  const hasSecrets = secrets.length > 0
  // Made when it is needed: most sessions say nothing.
  let search: NeedleSearch | undefined
  const scrub = (text: string) => {
    const { head, mark } = cutParts(text, textBytes)
    if (mark !== '') onCut()
    search ??= hasSecrets ? createNeedleSearch(needlesOf(secrets)) : undefined
    // The mark comes last: what is cut off at the end is looked for there.
    return (search ? seal(head, search) : head) + mark
  }
  return Object.assign(scrub, { hasSecrets, textBytes })
}

/** For what is said before a secret is known. */
export const scrubNothing: Scrub = createScrub([])
