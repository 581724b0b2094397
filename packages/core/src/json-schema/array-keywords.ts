import type { JsonValue } from '../base/json.ts'
import { evaluate } from './evaluate.ts'
import { below } from './issues.ts'
import type { Keyword } from './keyword.ts'
import { ValueSet } from './values.ts'
import { both, FAILS, FITS, UNKNOWN, type Verdict } from './verdict.ts'

// A type guard for read-only lists, which Array.isArray does not narrow to.
const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

function count(name: 'maxItems' | 'minItems'): Keyword {
  const [words, isOver] =
    name === 'maxItems'
      ? (['more', (length: number, bound: number) => length > bound] as const)
      : (['fewer', (length: number, bound: number) => length < bound] as const)
  return ({ [name]: bound }) => {
    if (typeof bound !== 'number') return undefined
    return (value, run, place) => {
      if (!isList(value) || !isOver(value.length, bound)) return FITS
      run.report(place, name, `must NOT have ${words} than ${bound} items`)
      return FAILS
    }
  }
}

/** Compares items by value, in one walk. */
const uniqueItems: Keyword = ({ uniqueItems: isUnique }) => {
  if (isUnique !== true) return undefined
  return (value, run, place) => {
    if (!isList(value)) return FITS
    const seen = new ValueSet()
    if (value.every((item) => seen.add(item, run))) return FITS
    run.report(place, 'uniqueItems', 'must NOT have duplicate items')
    return FAILS
  }
}

const prefixItems: Keyword = ({ prefixItems: schemas }, planner) => {
  if (!Array.isArray(schemas)) return undefined
  const plans = schemas.map(planner.plan)
  return (value, run, place, evaluated) => {
    if (!isList(value)) return FITS
    evaluated?.itemsBelow(plans.length)
    let verdict: Verdict = FITS
    for (const [index, plan] of plans.entries()) {
      const item = value[index]
      if (item === undefined) break
      verdict = both(verdict, evaluate(plan, item, run, place && below(place, index)))
      if (verdict === FAILS && !place) return FAILS
    }
    return verdict
  }
}

const items: Keyword = ({ items: schema, prefixItems: before }, planner) => {
  if (schema === undefined) return undefined
  const start = Array.isArray(before) ? before.length : 0
  const plan = planner.plan(schema)
  return (value, run, place, evaluated) => {
    if (!isList(value)) return FITS
    evaluated?.itemsBelow(Number.POSITIVE_INFINITY)
    if (schema === false) {
      if (value.length <= start) return FITS
      run.report(place, 'items', `must NOT have more than ${start} items`)
      return FAILS
    }
    let verdict: Verdict = FITS
    for (let index = start; index < value.length; index += 1) {
      verdict = both(verdict, evaluate(plan, value[index] ?? null, run, place && below(place, index)))
      if (verdict === FAILS && !place) return FAILS
    }
    return verdict
  }
}

const contains: Keyword = ({ contains: schema, minContains: min = 1, maxContains: max }, planner) => {
  if (schema === undefined || typeof min !== 'number') return undefined
  const plan = planner.plan(schema)
  const most = typeof max === 'number' ? max : Number.POSITIVE_INFINITY
  const bounds = typeof max === 'number' ? `${min} and no more than ${max}` : `${min}`
  return (value, run, place, evaluated) => {
    if (!isList(value)) return FITS
    let fitting = 0
    let unknowns = 0
    for (const [index, item] of value.entries()) {
      const verdict = evaluate(plan, item, run)
      if (verdict === FAILS) continue
      if (verdict === FITS) fitting += 1
      else unknowns += 1
      // In 2019-09, `contains` does not evaluate items yet.
      if (!planner.isDraft2019) evaluated?.item(index)
    }
    if (fitting <= most && fitting + unknowns >= min) {
      return fitting >= min && fitting + unknowns <= most ? FITS : UNKNOWN
    }
    run.report(place, 'contains', `must contain at least ${bounds} valid item(s)`)
    return FAILS
  }
}

export const unevaluatedItems: Keyword = ({ unevaluatedItems: schema }, planner) => {
  if (schema === undefined) return undefined
  const plan = planner.plan(schema)
  return (value, run, place, evaluated) => {
    if (!isList(value) || !evaluated) return FITS
    let verdict: Verdict = FITS
    for (const [index, item] of value.entries()) {
      run.steps.take(1)
      if (evaluated.hasItem(index)) continue
      if (schema === false) {
        run.report(place, 'unevaluatedItems', `must NOT have more than ${index} items`)
        return FAILS
      }
      verdict = both(verdict, evaluate(plan, item, run, place && below(place, index)))
      if (verdict === FAILS && !place) return FAILS
    }
    evaluated.itemsBelow(Number.POSITIVE_INFINITY)
    return verdict
  }
}

export const arrayKeywords: readonly Keyword[] = [
  count('maxItems'),
  count('minItems'),
  uniqueItems,
  prefixItems,
  items,
  contains,
]
