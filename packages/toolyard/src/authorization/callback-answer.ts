import { timingSafeEqual } from 'node:crypto'

/** What an authorization server adds to the redirect URI: a code, or an error (RFC 6749 section 4.1.2, RFC 9207). */
export interface CallbackAnswer {
  readonly state: string
  readonly code?: string
  readonly iss?: string
  readonly error?: string
}

function isSame(given: string, state: string): boolean {
  const [some, other] = [Buffer.from(given), Buffer.from(state)]
  return some.length === other.length && timingSafeEqual(some, other)
}

const names = ['code', 'iss', 'error'] as const

/**
 * The answer among the parameters of a redirect URI; undefined if it is not of the authorization with this `state`, or a
 * parameter comes twice (RFC 6749 section 3.1).
 */
export function answerIn(params: URLSearchParams, state: string): CallbackAnswer | undefined {
  if (!isSame(params.get('state') ?? '', state)) return undefined
  if (['state', ...names].some((name) => params.getAll(name).length > 1)) return undefined
  const members = names.flatMap((name) => {
    const value = params.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  const answer: CallbackAnswer = { state, ...Object.fromEntries(members) }
  return answer.code || answer.error ? answer : undefined
}

/** Characters of a code (RFC 6749 appendix A.11), without the space. */
const codePattern = /^[\x21-\x7e]{1,8000}$/

/** What a person pasted: the whole address that the browser came back to, its query, or the code alone. */
export function pastedAnswer(text: string, state: string): CallbackAnswer | undefined {
  const pasted = text.trim()
  if (/^https?:\/\//i.test(pasted)) {
    return URL.canParse(pasted) ? answerIn(new URL(pasted).searchParams, state) : undefined
  }
  if (/(^|[?&])state=/.test(pasted)) return answerIn(new URLSearchParams(pasted.replace(/^[^?]*\?/, '')), state)
  return codePattern.test(pasted) ? { state, code: pasted } : undefined
}
