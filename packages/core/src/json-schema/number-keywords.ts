import type { JsonObject } from '../base/json.ts'
import type { Check } from './evaluate.ts'
import type { Keyword } from './keyword.ts'
import { isMultipleOf } from './multiple-of.ts'
import { FAILS, FITS } from './verdict.ts'

function limit(name: string, sign: string, fits: (value: number, bound: number) => boolean): Keyword {
  return (schema: JsonObject): Check | undefined => {
    const bound = schema[name]
    if (typeof bound !== 'number') return undefined
    return (value, run, place) => {
      if (typeof value !== 'number' || fits(value, bound)) return FITS
      run.report(place, name, `must be ${sign} ${bound}`)
      return FAILS
    }
  }
}

/** Steps of a division in decimal arithmetic. */
const stepsToDivide = 60

const multipleOf: Keyword = ({ multipleOf: divisor }) => {
  if (typeof divisor !== 'number') return undefined
  return (value, run, place) => {
    if (typeof value !== 'number') return FITS
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(divisor)) run.steps.take(stepsToDivide)
    if (isMultipleOf(value, divisor)) return FITS
    run.report(place, 'multipleOf', `must be multiple of ${divisor}`)
    return FAILS
  }
}

export const numberKeywords: readonly Keyword[] = [
  limit('maximum', '<=', (value, bound) => value <= bound),
  limit('minimum', '>=', (value, bound) => value >= bound),
  limit('exclusiveMaximum', '<', (value, bound) => value < bound),
  limit('exclusiveMinimum', '>', (value, bound) => value > bound),
  multipleOf,
]
