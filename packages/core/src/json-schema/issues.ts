import type { ToolArgsIssue } from '../base/errors.ts'
import { pointerToken } from '../base/json.ts'

/** A place in the args: written as a JSON Pointer only once there is something to report. */
export interface Place {
  readonly parent: Place | undefined
  readonly token: string | number
}

/** The args themselves. */
export const root: Place = { parent: undefined, token: '' }

export const below = (parent: Place, token: string | number): Place => ({ parent, token })

const maxPointer = 500
const maxMessage = 600
/** Longest issues of one answer, in characters of JSON. */
const maxBytes = 24 * 1024

export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`
}

/** A name or text of the server or caller, for a message. */
export const quoted = (text: string): string => JSON.stringify(cut(text, 200))

export function pointerOf(place: Place): string {
  const tokens: string[] = []
  for (let at = place; at.parent; at = at.parent) tokens.push(`/${pointerToken(cut(String(at.token), maxPointer))}`)
  return cut(tokens.reverse().join(''), maxPointer)
}

/** Receives each fault of a walk over a value. */
export interface IssueSink {
  add(place: Place, keyword: string, message: string): void
}

/** An answer has no room for more issues; thrown and caught within a check only. */
export class EnoughIssues extends Error {}

const enoughIssues = new EnoughIssues('enough issues')

/** Collects the first issues, within the bounds of one answer. */
export class IssueList implements IssueSink {
  readonly issues: ToolArgsIssue[] = []
  readonly #max: number
  #bytes = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Throws EnoughIssues for the first issue without room. */
  add(place: Place, keyword: string, message: string): void {
    const issue = { pointer: pointerOf(place), keyword, message: cut(message, maxMessage) }
    const bytes = Buffer.byteLength(JSON.stringify(issue))
    if (this.issues.length >= this.#max || (this.issues.length > 0 && this.#bytes + bytes > maxBytes))
      throw enoughIssues
    this.#bytes += bytes
    this.issues.push(issue)
  }
}
