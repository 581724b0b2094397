import type { JsonObject, JsonValue } from '../base/json.ts'
import type { Check, Plan } from './evaluate.ts'
import type { Matcher } from './patterns.ts'
import type { Resource } from './resources.ts'
import { UNKNOWN } from './verdict.ts'

/** Makes subschemas and patterns ready for the keywords of one place of a schema. */
export interface Planner {
  readonly resource: Resource
  readonly isDraft2019: boolean
  /** A subschema of this place. */
  plan(schema: JsonValue): Plan
  /** The target of a reference from this place; undefined unless it is in the document. */
  planOf(ref: string): Plan | undefined
  /** A schema of another resource, which a dynamic reference leads to. */
  planIn(schema: JsonObject, resource: Resource): Plan
  matcher(pattern: string): Matcher
}

/** Makes the check of a keyword, and of those that it is read together with; undefined unless the schema has it. */
export type Keyword = (schema: JsonObject, planner: Planner) => Check | undefined

/** The check of a keyword that cannot be checked. */
export function unknown(reason: string): Check {
  return (_value, run, _place, evaluated) => {
    run.note(reason)
    evaluated?.everything()
    return UNKNOWN
  }
}
