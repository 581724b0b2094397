import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts'
import { isStringList } from '../schema-keywords.ts'
import type { CheckRun } from './check-run.ts'
import { type Check, evaluate } from './evaluate.ts'
import type { Evaluated } from './evaluated.ts'
import { below, cut } from './issues.ts'
import type { Keyword, Planner } from './keyword.ts'
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

/** Reports each name that is missing, or answers at the first. */
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

/** What holds of an object that has a property. */
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

const properties: Keyword = ({ properties: schemas }, planner) => {
  if (!isJsonObject(schemas)) return undefined
  const plans = Object.entries(schemas).map(([name, schema]) => [name, planner.plan(schema)] as const)
  return (value, run, place, evaluated) => {
    if (!isJsonObject(value)) return FITS
    run.steps.take(plans.length >> 1)
    let verdict: Verdict = FITS
    for (const [name, plan] of plans) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined
      if (member === undefined) continue
      if (evaluated) {
        run.steps.take(2)
        evaluated.property(name)
      }
      verdict = both(verdict, evaluate(plan, member, run, place && below(place, name)))
      if (verdict === FAILS && !place) return FAILS
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

const patternProperties: Keyword = (schema, planner) => {
  const patterns = patternsOf(schema, planner)
  if (patterns.length === 0) return undefined
  return (value, run, place, evaluated) => {
    if (!isJsonObject(value)) return FITS
    let verdict: Verdict = FITS
    for (const name of namesIn(value, run)) {
      for (const { matcher, plan } of patterns) {
        const isNamed = matcher.test(name, run)
        if (isNamed === FAILS) continue
        evaluated?.property(name)
        verdict = both(
          verdict,
          isNamed === UNKNOWN ? UNKNOWN : evaluate(plan, value[name] ?? null, run, place && below(place, name)),
        )
        if (verdict === FAILS && !place) return FAILS
      }
    }
    return verdict
  }
}

/** Checks the members that `isLeft` names by a schema, of which `false` takes none. */
function members(
  keyword: 'additionalProperties' | 'unevaluatedProperties',
  schema: JsonValue,
  planner: Planner,
  isLeft: (name: string, run: CheckRun, evaluated: Evaluated | undefined) => Verdict,
): Check {
  const plan = planner.plan(schema)
  const message = `must NOT have ${keyword === 'additionalProperties' ? 'additional' : 'unevaluated'} properties`
  return (value, run, place, evaluated) => {
    if (!isJsonObject(value)) return FITS
    let verdict: Verdict = FITS
    for (const name of schema === true ? [] : namesIn(value, run)) {
      const left = isLeft(name, run, evaluated)
      const member = value[name]
      if (left === FAILS || member === undefined) continue
      const at = place && below(place, name)
      if (left === UNKNOWN) verdict = both(verdict, UNKNOWN)
      else if (schema === false) {
        run.report(at, keyword, message)
        verdict = FAILS
      } else verdict = both(verdict, evaluate(plan, member, run, at))
      if (verdict === FAILS && !place) return FAILS
    }
    // The others are known already.
    evaluated?.allProperties()
    return verdict
  }
}

const additionalProperties: Keyword = (schema, planner) => {
  const { additionalProperties: additional } = schema
  if (additional === undefined) return undefined
  const known = new Set(isJsonObject(schema.properties) ? Object.keys(schema.properties) : [])
  const matchers = patternsOf(schema, planner).map(({ matcher }) => matcher)
  return members('additionalProperties', additional, planner, (name, run) => {
    if (known.has(name)) return FAILS
    let left: Verdict = FITS
    for (const matcher of matchers) {
      const isNamed = matcher.test(name, run)
      if (isNamed === FITS) return FAILS
      if (isNamed === UNKNOWN) left = UNKNOWN
    }
    return left
  })
}

export const unevaluatedProperties: Keyword = ({ unevaluatedProperties: schema }, planner) => {
  if (schema === undefined) return undefined
  return members('unevaluatedProperties', schema, planner, (name, _run, evaluated) =>
    evaluated?.hasProperty(name) ? FAILS : FITS,
  )
}

export const objectKeywords: readonly Keyword[] = [
  count('maxProperties'),
  count('minProperties'),
  required,
  dependentRequired,
  propertyNames,
  additionalProperties,
  dependentSchemas,
  properties,
  patternProperties,
]
