import type { JsonValue } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'
import { Evaluated } from './evaluated.ts'
import type { Place } from './issues.ts'
import type { Resource } from './resources.ts'
import { FAILS, FITS, UNKNOWN, type Verdict } from './verdict.ts'

/** Deepest nesting of evaluations. Args are at most 128 deep: a schema that goes much deeper leads back to itself. */
const maxDepth = 1_000

/**
 * The check of one keyword. `place` is where it reports issues, undefined while a value is only tried. `evaluated` collects
 * evaluated properties and items, undefined unless an `unevaluated…` keyword needs them.
 */
export type Check = (
  value: JsonValue,
  run: CheckRun,
  place: Place | undefined,
  evaluated: Evaluated | undefined,
) => Verdict

export interface Checks {
  readonly list: readonly Check[]
  /** Steps that the list itself takes. */
  readonly weight: number
  /** The type of fitting values, if the type alone decides. */
  readonly onlyType: 'string' | 'boolean' | undefined
  /** Whether no check leads to another schema. */
  readonly isLeaf: boolean
  /** Whether a check needs what the others have evaluated. */
  readonly tracks: boolean
}

/** A subschema, whose checks are created when it is first evaluated. */
export class Plan {
  readonly resource: Resource
  readonly #make: (run: CheckRun) => Checks
  /** Undefined until then. */
  checks: Checks | undefined

  constructor(resource: Resource, make: (run: CheckRun) => Checks) {
    this.resource = resource
    this.#make = make
  }

  makeChecks(run: CheckRun): Checks {
    this.checks = this.#make(run)
    return this.checks
  }
}

function evaluateAll(
  { list }: Checks,
  value: JsonValue,
  run: CheckRun,
  place: Place | undefined,
  evaluated: Evaluated | undefined,
): Verdict {
  let verdict: Verdict = FITS
  for (const check of list) {
    const each = check(value, run, place, evaluated)
    if (each === FITS) continue
    // One fault is enough, unless the caller wants all.
    if (each === FAILS && place === undefined) return FAILS
    if (each === FAILS || verdict === FITS) verdict = each
  }
  return verdict
}

export function evaluate(plan: Plan, value: JsonValue, run: CheckRun, place?: Place, evaluated?: Evaluated): Verdict {
  const checks = plan.checks ?? plan.makeChecks(run)
  run.steps.take(checks.weight)
  // Most plans are of this kind, and the general path would cost more than the check.
  if (typeof value === checks.onlyType) return FITS
  if (checks.isLeaf) return evaluateAll(checks, value, run, place, evaluated)
  if (run.depth === maxDepth) {
    run.note(`a part of the input schema that leads on to others, or back to itself, more than ${maxDepth} times`)
    return UNKNOWN
  }
  run.depth += 1
  const { scope } = run
  const isOther = scope[scope.length - 1] !== plan.resource
  if (isOther) scope.push(plan.resource)
  // `unevaluated…` does not see the keywords beside its own schema.
  const own = checks.tracks ? new Evaluated() : evaluated
  const verdict = evaluateAll(checks, value, run, place, own)
  if (checks.tracks && own && verdict !== FAILS) evaluated?.add(own, run)
  if (isOther) scope.pop()
  run.depth -= 1
  return verdict
}
