import { isJsonObject, type JsonValue } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'
import { cut } from './issues.ts'
import type { Keyword } from './keyword.ts'
import { ValueSet } from './values.ts'
import { FAILS, FITS } from './verdict.ts'

const typeTests: ReadonlyMap<JsonValue, (value: JsonValue) => boolean> = new Map<
  JsonValue,
  (value: JsonValue) => boolean
>([
  ['null', (value) => value === null],
  ['array', (value) => Array.isArray(value)],
  ['object', isJsonObject],
  ['integer', (value) => typeof value === 'number' && Number.isInteger(value)],
  ['number', (value) => typeof value === 'number' && Number.isFinite(value)],
  ['string', (value) => typeof value === 'string'],
  ['boolean', (value) => typeof value === 'boolean'],
])

export const type: Keyword = ({ type: given, nullable }) => {
  if (given === undefined) return undefined
  const named: readonly JsonValue[] = Array.isArray(given) ? given : [given]
  // `nullable` comes from OpenAPI 3.0, the source of many schemas.
  const types = nullable === true && !named.includes('null') ? [...named, 'null'] : named
  const [first, ...others] = types.flatMap((each) => typeTests.get(each) ?? [])
  if (!first) return undefined
  const message = `must be ${types.join(',')}`
  return (value, run, place) => {
    if (first(value) || others.some((fits) => fits(value))) return FITS
    run.report(place, 'type', message)
    return FAILS
  }
}

const maxShown = 500

/** The part of the list that a message has room for; the rest is never serialized. */
function shown(values: readonly JsonValue[]): string {
  let text = '['
  for (const [index, value] of values.entries()) {
    if (text.length > maxShown) break
    const short = typeof value === 'string' ? value.slice(0, maxShown) : value
    text += `${index === 0 ? '' : ','}${JSON.stringify(short)}`
  }
  return cut(`${text}]`, maxShown)
}

function valueSet(values: readonly JsonValue[], run: CheckRun): ValueSet {
  const set = new ValueSet()
  for (const each of values) set.add(each, run)
  return set
}

const enumKeyword: Keyword = ({ enum: values }) => {
  if (!Array.isArray(values)) return undefined
  let known: ValueSet | undefined
  let message: string | undefined
  return (value, run, place) => {
    known ??= valueSet(values, run)
    if (known.has(value, run)) return FITS
    if (place) {
      message ??= `must be equal to one of the allowed values: ${shown(values)}`
      run.report(place, 'enum', message)
    }
    return FAILS
  }
}

const constKeyword: Keyword = ({ const: only }) => {
  if (only === undefined) return undefined
  const isPrimitive = typeof only !== 'object' || only === null
  let known: ValueSet | undefined
  return (value, run, place) => {
    if (isPrimitive ? value === only : isAmong(value, run)) return FITS
    run.report(place, 'const', 'must be equal to constant')
    return FAILS
  }
  function isAmong(value: JsonValue, run: CheckRun): boolean {
    known ??= valueSet([only ?? null], run)
    return known.has(value, run)
  }
}

export const valueKeywords: readonly Keyword[] = [constKeyword, enumKeyword]
