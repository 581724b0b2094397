import type { JsonObject } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'
import type { Check } from './evaluate.ts'
import { formatChecks } from './formats.ts'
import { quoted } from './issues.ts'
import type { Keyword } from './keyword.ts'
import { FAILS, FITS, UNKNOWN } from './verdict.ts'

/** Length in Unicode characters, as JSON Schema counts. */
function lengthOf(text: string, run: CheckRun): number {
  run.steps.take(text.length >> 4)
  let length = 0
  for (let at = 0; at < text.length; at += 1) {
    const isPair = text.charCodeAt(at) >= 0xd800 && (text.codePointAt(at) ?? 0) > 0xffff
    if (isPair) at += 1
    length += 1
  }
  return length
}

/** Counts only if the number of UTF-16 units leaves it open: a character has one or two. */
const maxLength: Keyword = ({ maxLength: max }) => {
  if (typeof max !== 'number') return undefined
  return (value, run, place) => {
    if (typeof value !== 'string' || value.length <= max) return FITS
    if (value.length <= 2 * max && lengthOf(value, run) <= max) return FITS
    run.report(place, 'maxLength', `must NOT have more than ${max} characters`)
    return FAILS
  }
}

const minLength: Keyword = ({ minLength: min }) => {
  if (typeof min !== 'number') return undefined
  return (value, run, place) => {
    if (typeof value !== 'string' || value.length >= 2 * min) return FITS
    if (value.length >= min && lengthOf(value, run) >= min) return FITS
    run.report(place, 'minLength', `must NOT have fewer than ${min} characters`)
    return FAILS
  }
}

const pattern: Keyword = ({ pattern: source }: JsonObject, planner): Check | undefined => {
  if (typeof source !== 'string') return undefined
  const matcher = planner.matcher(source)
  return (value, run, place) => {
    if (typeof value !== 'string') return FITS
    const verdict = matcher.test(value, run)
    if (verdict === FAILS) run.report(place, 'pattern', `must match pattern ${quoted(source)}`)
    return verdict
  }
}

/** A mismatch is neither a refusal nor a match, as alternatives may differ by their format. */
const format: Keyword = ({ format: name }) => {
  const check = typeof name === 'string' ? formatChecks.get(name) : undefined
  return (
    check &&
    ((value, run, place) => {
      const verdict = check(value, run)
      if (verdict !== FAILS) return verdict
      run.otherFormat(place, String(name))
      return UNKNOWN
    })
  )
}

export const stringKeywords: readonly Keyword[] = [maxLength, minLength, pattern, format]
