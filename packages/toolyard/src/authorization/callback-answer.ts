import { timingSafeEqual } from 'node:crypto'
import type { AuthAnswer } from '@toolyard/core'
import { readAnswer } from '../oauth/read-answer.ts'

function isSame(given: string, state: string): boolean {
  const [some, other] = [Buffer.from(given), Buffer.from(state)]
  return some.length === other.length && timingSafeEqual(some, other)
}

/** The answer in the query of a redirect URI; undefined if it is not a valid answer to the authorization with this `state`. */
export function answerIn(query: string, state: string): AuthAnswer | undefined {
  const answer = readAnswer(query)
  if (!answer || !isSame(answer.state, state)) return undefined
  return answer.code || answer.error ? answer : undefined
}

/** Characters of a code (RFC 6749 appendix A.11), without the space. */
const codePattern = /^[\x21-\x7e]{1,4096}$/

/** What a person pasted: the whole address that the browser came back to, its query, or the code alone. */
export function pastedAnswer(text: string, state: string): AuthAnswer | undefined {
  const pasted = text.trim()
  if (/^https?:\/\//i.test(pasted)) return URL.canParse(pasted) ? answerIn(new URL(pasted).search, state) : undefined
  if (/(^|[?&])state=/.test(pasted)) return answerIn(pasted.replace(/^[^?]*\?/, ''), state)
  return codePattern.test(pasted) ? { state, code: pasted } : undefined
}
