import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'
import { type Check, evaluate, type Plan } from './evaluate.ts'
import { below, cut, type Place } from './issues.ts'
import type { Keyword, Planner } from './keyword.ts'
import { isStringList } from './schema-keywords.ts'
import { hasMember, namesIn } from './values.ts'
import { both, FAILS, FITS, UNKNOWN, type Verdict } from './verdict.ts'

function count(name: 'maxProperties' | 'minProperties'): Keyword {
  const [words, isOver] =
    name === 'maxProperties'
      ? (['more', (size: number, bound: number) => size > bound] as const)
      : (['fewer', (size: number, bound: number) => size < bound] as const)
  return ({ [name]: bound }) => {
    if (typeof bound !== 'number') return undefined
    return (value, run, place) => {
      if (!isJsonObject(value)) return FITS
      const { length } = namesIn(value, run)
      if (!isOver(length, bound)) return FITS
      run.report(place, name, `must NOT have ${words} than ${bound} properties`)
      return FAILS
    }
  }
}

/** Reports each missing name; without a place, stops at the first. */
function requires(keyword: string, names: readonly string[], toMessage: (name: string) => string): Check {
  return (value, run, place) => {
    if (!isJsonObject(value)) return FITS
    run.steps.take(names.length >> 1)
    let verdict: Verdict = FITS
    for (const name of names) {
      if (hasMember(value, name)) continue
      if (!place) return FAILS
      verdict = FAILS
      run.report(below(place, name), keyword, toMessage(name))
    }
    return verdict
  }
}

const required: Keyword = ({ required: names }) =>
  isStringList(names) && names.length > 0
    ? requires('required', names, (name) => `must have required property '${cut(name, 200)}'`)
    : undefined

function joined(checks: readonly Check[]): Check | undefined {
  if (checks.length === 0) return undefined
  return (value, run, place, evaluated) => {
    let verdict: Verdict = FITS
    for (const check of checks) {
      verdict = both(verdict, check(value, run, place, evaluated))
      if (verdict === FAILS && !place) return FAILS
    }
    return verdict
  }
}

/** Applies a check to objects that have a property. */
function whenThere(name: string, check: Check): Check {
  return (value, run, place, evaluated) => {
    run.steps.take(1)
    return isJsonObject(value) && hasMember(value, name) ? check(value, run, place, evaluated) : FITS
  }
}

const dependentRequired: Keyword = ({ dependentRequired: lists }) => {
  if (!isJsonObject(lists)) return undefined
  return joined(
    Object.entries(lists).flatMap(([name, names]) => {
      if (!isStringList(names) || names.length === 0) return []
      const [words, others] = [names.length === 1 ? 'property' : 'properties', cut(names.slice(0, 20).join(', '), 200)]
      const message = `must have ${words} ${others} when property ${cut(name, 200)} is present`
      return whenThere(
        name,
        requires('dependentRequired', names, () => message),
      )
    }),
  )
}

const dependentSchemas: Keyword = ({ dependentSchemas: schemas }, planner) => {
  if (!isJsonObject(schemas)) return undefined
  return joined(
    Object.entries(schemas).map(([name, schema]) => {
      const plan = planner.plan(schema)
      return whenThere(name, (value, run, place, evaluated) => evaluate(plan, value, run, place, evaluated))
    }),
  )
}

const propertyNames: Keyword = ({ propertyNames: schema }, planner) => {
  if (schema === undefined) return undefined
  const plan = planner.plan(schema)
  return (value, run, place) => {
    if (!isJsonObject(value)) return FITS
    let verdict: Verdict = FITS
    for (const name of namesIn(value, run)) {
      const each = evaluate(plan, name, run)
      verdict = both(verdict, each)
      if (each !== FAILS) continue
      if (!place) return FAILS
      const at = below(place, name)
      evaluate(plan, name, run, at)
      run.report(at, 'propertyNames', 'property name must be valid')
    }
    return verdict
  }
}

function patternsOf({ patternProperties }: JsonObject, planner: Planner) {
  if (!isJsonObject(patternProperties)) return []
  return Object.entries(patternProperties).map(([pattern, schema]) => ({
    matcher: planner.matcher(pattern),
    plan: planner.plan(schema),
  }))
}

function plansByName({ properties }: JsonObject, planner: Planner): ReadonlyMap<string, Plan> {
  if (!isJsonObject(properties)) return new Map()
  return new Map(Object.entries(properties).map(([name, schema]) => [name, planner.plan(schema)]))
}

/** Checks `properties`, `patternProperties` and `additionalProperties` in one walk over the members. */
const members: Keyword = (schema, planner) => {
  const { additionalProperties: additional } = schema
  const byName = plansByName(schema, planner)
  const patterns = patternsOf(schema, planner)
  if (byName.size === 0 && patterns.length === 0 && additional === undefined) return undefined
  const rest = additional === undefined || typeof additional === 'boolean' ? undefined : planner.plan(additional)

  function others(member: JsonValue, run: CheckRun, at: Place | undefined): Verdict {
    if (additional === false) run.report(at, 'additionalProperties', 'must NOT have additional properties')
    return additional === false ? FAILS : rest ? evaluate(rest, member, run, at) : FITS
  }

  return (value, run, place, evaluated) => {
    if (!isJsonObject(value)) return FITS
    let verdict: Verdict = FITS
    for (const name of namesIn(value, run)) {
      const member = value[name]
      if (member === undefined) continue
      const at = place && below(place, name)
      const plan = byName.get(name)
      let each: Verdict = plan ? evaluate(plan, member, run, at) : FITS
      let isNamed: Verdict = plan ? FITS : FAILS
      for (const pattern of patterns) {
        const isMatching = pattern.matcher.test(name, run)
        if (isMatching === FAILS) continue
        if (isNamed !== FITS) isNamed = isMatching
        each = both(each, isMatching === UNKNOWN ? UNKNOWN : evaluate(pattern.plan, member, run, at))
      }
      if (isNamed === FAILS) each = others(member, run, at)
      if (evaluated && (isNamed !== FAILS || additional !== undefined)) evaluated.property(name, run)
      verdict = both(verdict, each)
      if (verdict === FAILS && !place) return FAILS
    }
    return verdict
  }
}

export const unevaluatedProperties: Keyword = ({ unevaluatedProperties: schema }, planner) => {
  if (schema === undefined) return undefined
  const plan = planner.plan(schema)
  return (value, run, place, evaluated) => {
    if (!isJsonObject(value) || !evaluated) return FITS
    let verdict: Verdict = FITS
    for (const name of namesIn(value, run)) {
      const member = value[name]
      if (member === undefined || evaluated.hasProperty(name)) continue
      const at = place && below(place, name)
      if (schema === false) run.report(at, 'unevaluatedProperties', 'must NOT have unevaluated properties')
      verdict = both(verdict, schema === false ? FAILS : evaluate(plan, member, run, at))
      if (verdict === FAILS && !place) return FAILS
    }
    evaluated.allProperties()
    return verdict
  }
}

export const objectKeywords: readonly Keyword[] = [
  count('maxProperties'),
  count('minProperties'),
  required,
  dependentRequired,
  propertyNames,
  dependentSchemas,
  members,
]
