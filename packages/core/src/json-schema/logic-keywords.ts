import type { JsonValue } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'
import { evaluate, type Plan } from './evaluate.ts'
import { Evaluated } from './evaluated.ts'
import type { Keyword } from './keyword.ts'
import { both, FAILS, FITS, opposite, UNKNOWN, type Verdict } from './verdict.ts'

/** Tries a subschema without reporting issues; what it evaluates counts unless it fails. */
function tries(plan: Plan, value: JsonValue, run: CheckRun, evaluated: Evaluated | undefined): Verdict {
  if (!evaluated) return evaluate(plan, value, run)
  const own = new Evaluated()
  const verdict = evaluate(plan, value, run, undefined, own)
  if (verdict !== FAILS) evaluated.add(own, run)
  return verdict
}

function plansOf(values: JsonValue | undefined, plan: (schema: JsonValue) => Plan): readonly Plan[] {
  return Array.isArray(values) ? values.map(plan) : []
}

const not: Keyword = ({ not: schema }, planner) => {
  if (schema === undefined) return undefined
  const plan = planner.plan(schema)
  return (value, run, place) => {
    const verdict = opposite(evaluate(plan, value, run))
    if (verdict === FAILS) run.report(place, 'not', 'must NOT be valid')
    return verdict
  }
}

const anyOf: Keyword = ({ anyOf: schemas }, planner) => {
  const plans = plansOf(schemas, planner.plan)
  if (plans.length === 0) return undefined
  return (value, run, place, evaluated) => {
    let verdict: Verdict = FAILS
    for (const plan of plans) {
      const each = tries(plan, value, run, evaluated)
      if (each !== FAILS && verdict !== FITS) verdict = each
      // Every fitting subschema adds what it evaluated.
      if (verdict === FITS && !evaluated) return FITS
    }
    if (verdict === FAILS && place) {
      for (const plan of plans) evaluate(plan, value, run, place)
      run.report(place, 'anyOf', 'must match a schema in anyOf')
    }
    return verdict
  }
}

const oneOf: Keyword = ({ oneOf: schemas }, planner) => {
  const plans = plansOf(schemas, planner.plan)
  if (plans.length === 0) return undefined
  return (value, run, place, evaluated) => {
    let fitting = 0
    let unknowns = 0
    for (const plan of plans) {
      const each = tries(plan, value, run, evaluated)
      if (each === FITS) fitting += 1
      if (each === UNKNOWN) unknowns += 1
      if (fitting > 1) break
    }
    if (fitting <= 1 && unknowns > 0) return UNKNOWN
    if (fitting === 1) return FITS
    if (place) {
      if (fitting === 0) for (const plan of plans) evaluate(plan, value, run, place)
      run.report(place, 'oneOf', 'must match exactly one schema in oneOf')
    }
    return FAILS
  }
}

const allOf: Keyword = ({ allOf: schemas }, planner) => {
  const plans = plansOf(schemas, planner.plan)
  if (plans.length === 0) return undefined
  return (value, run, place, evaluated) => {
    let verdict: Verdict = FITS
    for (const plan of plans) {
      verdict = both(verdict, evaluate(plan, value, run, place, evaluated))
      if (verdict === FAILS && !place) return FAILS
    }
    return verdict
  }
}

const ifKeyword: Keyword = ({ if: condition, then: yes, else: no }, planner) => {
  if (condition === undefined) return undefined
  const plan = planner.plan(condition)
  const onFits = yes === undefined ? undefined : planner.plan(yes)
  const onFails = no === undefined ? undefined : planner.plan(no)
  return (value, run, place, evaluated) => {
    const verdict = tries(plan, value, run, evaluated)
    if (verdict === UNKNOWN) {
      evaluated?.everything()
      return onFits || onFails ? UNKNOWN : FITS
    }
    const branch = verdict === FITS ? onFits : onFails
    const outcome = branch ? evaluate(branch, value, run, place, evaluated) : FITS
    if (outcome === FAILS) run.report(place, 'if', `must match "${verdict === FITS ? 'then' : 'else'}" schema`)
    return outcome
  }
}

export const logicKeywords: readonly Keyword[] = [not, anyOf, oneOf, allOf, ifKeyword]
