import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'
import type { IssueSink, Place } from './issues.ts'
import { OutOfSteps, Steps } from './steps.ts'
import { FAILS, type Verdict } from './verdict.ts'

/** Keywords whose faults are those of a value itself. The others forbid or require a property. */
const valueKeywords = new Set(['type', 'enum', 'const', 'anyOf', 'oneOf', 'not', 'if'])
const missingKeywords = new Set(['required', 'dependentRequired'])

/** A place in the args, with the places below it that lead to a null. */
interface Branch {
  isNull: boolean
  readonly below: Map<Place['token'], Branch>
}

const newBranch = (): Branch => ({ isNull: false, below: new Map() })

function pathOf(place: Place, steps: Steps): readonly Place['token'][] {
  const tokens: Place['token'][] = []
  for (let at = place; at.parent; at = at.parent) tokens.push(at.token)
  steps.take(2 + 2 * tokens.length)
  return tokens.reverse()
}

function valueAt(args: JsonObject, path: readonly Place['token'][]): JsonValue | undefined {
  let at: JsonValue | undefined = args
  for (const token of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return undefined
    // An own member, of an array or an object.
    at = (at as Readonly<Record<string | number, JsonValue>>)[token]
  }
  return at
}

/** Collects the null properties that do not fit. */
function nullsInto(top: Branch, args: JsonObject, steps: Steps): IssueSink {
  return {
    add(place, keyword) {
      if (typeof place.token === 'number' || !valueKeywords.has(keyword)) return
      const path = pathOf(place, steps)
      if (path.length === 0 || valueAt(args, path) !== null) return
      let at = top
      for (const token of path) {
        const next = at.below.get(token) ?? newBranch()
        at.below.set(token, next)
        at = next
      }
      at.isNull = true
    },
  }
}

/** Keeps the nulls that are required: without them, the property would be missing. */
function requiredOutOf(top: Branch, steps: Steps): IssueSink {
  return {
    add(place, keyword) {
      if (!missingKeywords.has(keyword)) return
      let at: Branch | undefined = top
      for (const token of pathOf(place, steps)) at = at?.below.get(token)
      if (at) at.isNull = false
    },
  }
}

function without(value: JsonValue, { below }: Branch): JsonValue {
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => {
      const branch = below.get(index)
      return branch ? without(item, branch) : item
    })
  }
  return isJsonObject(value) ? membersWithout(value, below) : value
}

function membersWithout(object: JsonObject, below: Branch['below']): JsonObject {
  const members = Object.entries(object).flatMap(([name, member]): [string, JsonValue][] => {
    const branch = below.get(name)
    if (!branch) return [[name, member]]
    return branch.isNull ? [] : [[name, without(member, branch)]]
  })
  return Object.fromEntries(members)
}

function containsNull(value: unknown, steps: Steps): boolean {
  if (typeof value !== 'object' || value === null) return value === null
  steps.take(1)
  if (Array.isArray(value)) return value.some((item) => containsNull(item, steps))
  // Without a list of the members.
  if (isJsonObject(value)) for (const name in value) if (containsNull(value[name], steps)) return true
  return false
}

/** Also false if half of the steps are too few to find out: the other half finds what is at fault. */
function hasNull(args: JsonObject, run: CheckRun): boolean {
  const half = run.steps.left >> 1
  const steps = new Steps(half)
  try {
    return containsNull(args, steps)
  } catch (error) {
    if (!(error instanceof OutOfSteps)) throw error
    run.isShortOfSteps = true
    return false
  } finally {
    run.steps.take(half - steps.left)
  }
}

/**
 * Removes the null properties from args that do not fit, if null does not fit and the property is not required: many clients
 * and models write null for what they omit. Undefined if there is no such null. `walk` reports all faults of a value. Throws
 * as `walk` does, and OutOfSteps.
 */
export function withoutOptionalNulls(
  args: JsonObject,
  run: CheckRun,
  walk: (args: JsonObject, faults: IssueSink) => Verdict,
): JsonObject | undefined {
  if (!hasNull(args, run)) return undefined
  const { steps } = run
  const nulls = newBranch()
  walk(args, nullsInto(nulls, args, steps))
  if (nulls.below.size === 0) return undefined
  const absent = membersWithout(args, nulls.below)
  if (walk(absent, requiredOutOf(nulls, steps)) !== FAILS) return absent
  return membersWithout(args, nulls.below)
}
