import { LRUCache } from 'lru-cache'
import type { ToolArgsIssue } from '../base/errors.ts'
import { countValues, type JsonObject } from '../base/json.ts'
import { type BudgetMeter, overBudget } from '../budgets/budget-meter.ts'
import { CheckRun } from '../json-schema/check-run.ts'
import { evaluate, type Plan } from '../json-schema/evaluate.ts'
import { EnoughIssues, IssueList, type IssueSink, root } from '../json-schema/issues.ts'
import { withoutOptionalNulls } from '../json-schema/optional-nulls.ts'
import { planDocument } from '../json-schema/schema-document.ts'
import { createStepAllowance, OutOfSteps, type StepAllowance, Steps } from '../json-schema/steps.ts'
import { FAILS, FITS, type Verdict } from '../json-schema/verdict.ts'
import type { ToolRecord } from '../model/tool.ts'

/** Memory for the plans of schemas, in bytes: an estimate by their text and the number of their values. */
const maxPlanBytes = 64 * 1024 * 1024
const bytesOfValue = 500

type CheckedTool = Pick<ToolRecord, 'definition' | 'definitionText'>

/** Steps of a check that runs at once, without waiting for a slice of the event loop: about a millisecond. */
const fewSteps = 20_000

/** Checks args against input schemas. */
export interface ArgumentChecker {
  /** Undefined if the check takes more than a millisecond: call `check` then, in a slice of the event loop. */
  tryCheck(tool: CheckedTool, args: JsonObject): ArgumentCheck | undefined
  check(tool: CheckedTool, args: JsonObject): ArgumentCheck
  /** Checks a value against a schema that comes once. */
  checkValue(schema: JsonObject, value: JsonObject): ArgumentCheck
}

export interface ArgumentCheck {
  /** The first faults; empty if the args fit, as far as they were checked. */
  readonly issues: readonly ToolArgsIssue[]
  /** Set if there may be more faults: the check stopped before it found them all. */
  readonly hasMoreIssues?: true
  /** The parts that could not be checked, and are left to the server; undefined if everything was. */
  readonly unchecked: string | undefined
}

/** Made once, as most checks end so. */
const fits: ArgumentCheck = { issues: [], unchecked: undefined }

/** Walks until steps or room for issues run out. Answers whether it reached the end. */
function walk(plan: Plan, args: JsonObject, run: CheckRun, issues: IssueSink): boolean {
  try {
    run.collect(issues)
    evaluate(plan, args, run, root)
    return true
  } catch (error) {
    if (!(error instanceof EnoughIssues) && !(error instanceof OutOfSteps)) throw error
    return false
  }
}

/** Finds the faults of args that do not fit. */
function findIssues(plan: Plan, args: JsonObject, run: CheckRun, max: number): ArgumentCheck {
  const list = new IssueList(max)
  const { issues } = list
  const isAll = walk(plan, args, run, list) && issues.length > 0
  // The verdict left no steps to find the place.
  if (issues.length === 0) list.add(root, 'type', 'does not fit the input schema')
  return { issues, unchecked: run.unchecked, ...(isAll ? {} : { hasMoreIssues: true }) }
}

/** The check of args that fit as far as they could be checked. */
function passed(plan: Plan, args: JsonObject, run: CheckRun, verdict: Verdict): ArgumentCheck {
  // A value that fits was decided without a format.
  if (verdict === FITS || !run.hasOtherFormats) {
    return run.unchecked === undefined ? fits : { issues: [], unchecked: run.unchecked }
  }
  // A second walk finds the places of the formats.
  walk(plan, args, run, new IssueList(1))
  return { issues: [], unchecked: run.uncheckedAndFormats }
}

/** Checks args against a plan. Throws OutOfSteps. */
function checkAgainst(plan: Plan, args: JsonObject, run: CheckRun, maxIssues: number): ArgumentCheck {
  const verdict = evaluate(plan, args, run)
  if (verdict !== FAILS) return passed(plan, args, run, verdict)
  const present = withoutOptionalNulls(args, run, (each, faults) => {
    run.collect(faults)
    return evaluate(plan, each, run, root)
  })
  if (!present) return findIssues(plan, args, run, maxIssues)
  run.collect(undefined)
  const verdictOfPresent = evaluate(plan, present, run)
  if (verdictOfPresent !== FAILS) return passed(plan, present, run, verdictOfPresent)
  return findIssues(plan, present, run, maxIssues)
}

/** Argument checks of all tenants, which share the plans of schemas. */
export interface ArgumentChecks {
  /** Creates the checker of one tenant, whose checks share one allowance of steps. */
  createChecker(): ArgumentChecker
}

export function createArgumentChecks(meter: BudgetMeter): ArgumentChecks {
  const plans = new PlanCache(meter.budgets.definitionValues)
  return { createChecker: () => new TenantArgumentChecker(plans, meter) }
}

/** Plans by the text of their definition. */
class PlanCache {
  readonly #plans = new LRUCache<string, Plan>({ maxSize: maxPlanBytes })
  readonly #maxValues: number

  constructor(maxValues: number) {
    this.#maxValues = maxValues
  }

  of({ definition, definitionText }: CheckedTool, steps: Steps): Plan {
    const known = this.#plans.get(definitionText)
    if (known) return known
    const { inputSchema } = definition
    const plan = planDocument({ type: 'object', ...inputSchema }, steps)
    const size = definitionText.length + bytesOfValue * countValues(inputSchema, this.#maxValues)
    this.#plans.set(definitionText, plan, { size })
    return plan
  }
}

class TenantArgumentChecker implements ArgumentChecker {
  readonly #plans: PlanCache
  readonly #meter: BudgetMeter
  readonly #allowance: StepAllowance
  /** Used again by each quick check, of which one runs at a time. */
  readonly #few = new Steps(fewSteps)
  readonly #quick = new CheckRun(this.#few)

  constructor(plans: PlanCache, meter: BudgetMeter) {
    this.#plans = plans
    this.#meter = meter
    this.#allowance = createStepAllowance(meter.budgets.checkSteps)
  }

  tryCheck(tool: CheckedTool, args: JsonObject): ArgumentCheck | undefined {
    const steps = this.#allowance.take()
    const few = this.#few
    const run = this.#quick
    few.restart(Math.min(fewSteps, steps.left))
    run.restart()
    try {
      const found = this.#check(tool, args, run)
      return run.isShortOfSteps ? undefined : found
    } catch (error) {
      if (error instanceof OutOfSteps) return undefined
      throw error
    } finally {
      steps.take(Math.min(fewSteps, steps.left) - few.left)
      this.#allowance.giveBack(steps)
    }
  }

  check(tool: CheckedTool, args: JsonObject): ArgumentCheck {
    return this.#within((run) => this.#check(tool, args, run), 'the args')
  }

  checkValue(schema: JsonObject, value: JsonObject): ArgumentCheck {
    const { argsIssues } = this.#meter.budgets
    return this.#within((run) => checkAgainst(planDocument(schema, run.steps), value, run, argsIssues), 'the answer')
  }

  #within(check: (run: CheckRun) => ArgumentCheck, what: string): ArgumentCheck {
    const steps = this.#allowance.take()
    try {
      return check(new CheckRun(steps))
    } catch (error) {
      if (!(error instanceof OutOfSteps)) throw error
      this.#meter.count('checkSteps')
      return { issues: [], unchecked: overBudget(this.#meter.budgets, 'checkSteps', { what }) }
    } finally {
      this.#allowance.giveBack(steps)
    }
  }

  #check(tool: CheckedTool, args: JsonObject, run: CheckRun): ArgumentCheck {
    return checkAgainst(this.#plans.of(tool, run.steps), args, run, this.#meter.budgets.argsIssues)
  }
}
