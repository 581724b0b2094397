import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import { arrayKeywords, unevaluatedItems } from './array-keywords.ts'
import type { CheckRun } from './check-run.ts'
import { type Check, type Checks, Plan } from './evaluate.ts'
import { type Keyword, type Planner, unknown } from './keyword.ts'
import { logicKeywords } from './logic-keywords.ts'
import { numberKeywords } from './number-keywords.ts'
import { objectKeywords, unevaluatedProperties } from './object-keywords.ts'
import { createMatcher, type Matcher } from './patterns.ts'
import { refKeywords, refKeywordsOf2019, refKeywordsOf2020 } from './ref-keywords.ts'
import { findResources, type Resource, type Resources } from './resources.ts'
import { inCurrentDraft, misfit } from './schema-keywords.ts'
import type { Steps } from './steps.ts'
import { stringKeywords } from './string-keywords.ts'
import { type, valueKeywords } from './value-keywords.ts'
import { FAILS } from './verdict.ts'

type Dialect = '2020-12' | '2019-09' | 'draft-07'

/** The dialect: 2020-12 unless `$schema` says otherwise (MCP 2025-11-25). Drafts before 2019-09 are read as draft-07. */
function dialectOf({ $schema }: JsonObject): Dialect {
  if (typeof $schema !== 'string' || $schema.includes('2020-12')) return '2020-12'
  return $schema.includes('2019-09') ? '2019-09' : $schema.includes('draft-0') ? 'draft-07' : '2020-12'
}

/** Keywords that a dialect does not have yet, and treats as annotations. */
const laterKeywords: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  '2020-12': new Set(),
  '2019-09': new Set(['prefixItems']),
  'draft-07': new Set([
    'prefixItems',
    'dependentRequired',
    'dependentSchemas',
    'minContains',
    'maxContains',
    'unevaluatedItems',
    'unevaluatedProperties',
  ]),
}

/** The keywords in the order of their issues. Those that need what the others have evaluated come last. */
function keywordsOf(dialect: Dialect): readonly Keyword[] {
  const refs = { '2020-12': refKeywordsOf2020, '2019-09': refKeywordsOf2019, 'draft-07': [] }[dialect]
  return [
    ...refKeywords,
    ...refs,
    type,
    ...numberKeywords,
    ...stringKeywords,
    ...valueKeywords,
    ...logicKeywords,
    ...arrayKeywords,
    ...objectKeywords,
    unevaluatedItems,
    unevaluatedProperties,
  ]
}

const takesNothing: Check = (_value, run, place) => {
  run.report(place, 'false schema', 'boolean schema is false')
  return FAILS
}

function without(schema: JsonObject, names: Pick<ReadonlySet<string>, 'has'>): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.has(name)))
}

/** The keywords with a value of another kind, each with the kind that it expects. */
function misfitsOf(schema: JsonObject): ReadonlyMap<string, string> {
  const misfits = new Map<string, string>()
  for (const name of Object.keys(schema)) {
    const expected = misfit(name, schema[name] ?? null)
    if (expected !== undefined) misfits.set(name, expected)
  }
  return misfits
}

/** Steps to plan a place of a schema, for each of its keywords. */
const stepsToPlan = 40

/** Plans the checks of a foreign schema. Its parts are planned when they are first needed. */
export function planDocument(document: JsonObject, steps: Steps): Plan {
  return new DocumentPlanner(document, steps).root()
}

class DocumentPlanner {
  readonly #document: JsonObject
  readonly #dialect: Dialect
  readonly #keywords: readonly Keyword[]
  readonly #resources: Resources
  readonly #plans = new Map<JsonObject, Plan>()
  readonly #matchers = new Map<string, Matcher>()

  constructor(document: JsonObject, steps: Steps) {
    this.#document = document
    this.#dialect = dialectOf(document)
    this.#keywords = keywordsOf(this.#dialect)
    this.#resources = findResources(document, steps)
  }

  root(): Plan {
    return this.#planOf(this.#document, this.#resources.root)
  }

  #planOf(schema: JsonValue, outer: Resource): Plan {
    if (!isJsonObject(schema)) return constantPlan(schema, outer)
    const known = this.#plans.get(schema)
    if (known) return known
    const resource = this.#resources.of(schema, outer)
    const plan = new Plan(resource, (run) => this.#checksOf(schema, resource, run))
    this.#plans.set(schema, plan)
    return plan
  }

  #matcher(pattern: string): Matcher {
    const known = this.#matchers.get(pattern)
    if (known) return known
    const matcher = createMatcher(pattern)
    this.#matchers.set(pattern, matcher)
    return matcher
  }

  #checksOf(given: JsonObject, resource: Resource, run: CheckRun): Checks {
    const names = Object.keys(given)
    run.steps.take(stepsToPlan * (names.length + 1))
    const later = laterKeywords[this.#dialect]
    const schema = inCurrentDraft(names.some((name) => later.has(name)) ? without(given, later) : given)
    const misfits = misfitsOf(schema)
    const fitting = misfits.size === 0 ? schema : without(schema, misfits)
    let isLeaf = true
    const planner: Planner = {
      resource,
      isDraft2019: this.#dialect === '2019-09',
      plan: (each) => {
        isLeaf = false
        return this.#planOf(each, resource)
      },
      planOf: (ref) => {
        isLeaf = false
        const target = this.#resources.resolve(ref, resource, run.steps)
        return target && this.#planOf(target.schema, target.resource)
      },
      planIn: (each, outer) => this.#planOf(each, outer),
      matcher: (pattern) => this.#matcher(pattern),
    }
    const list = [
      ...Array.from(misfits, ([name, expected]) => unknown(`${name}, which does not compile: expected ${expected}`)),
      ...this.#keywords.flatMap((keyword) => keyword(fitting, planner) ?? []),
    ]
    const tracks = 'unevaluatedItems' in fitting || 'unevaluatedProperties' in fitting
    const { type: only } = fitting
    const onlyType = list.length === 1 && (only === 'string' || only === 'boolean') ? only : undefined
    return { list, weight: 1 + (list.length >> 1), onlyType, isLeaf, tracks }
  }
}

/** The plan of a boolean schema, or of a value that is no schema. */
function constantPlan(schema: JsonValue, resource: Resource): Plan {
  const list =
    schema === true
      ? []
      : [schema === false ? takesNothing : unknown('a schema that is neither an object nor a boolean')]
  return new Plan(resource, () => ({ list, weight: 1, onlyType: undefined, isLeaf: true, tracks: false }))
}
