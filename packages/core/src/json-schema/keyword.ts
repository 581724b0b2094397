import type { JsonObject, JsonValue } from '../base/json.ts'
import type { Check, Plan } from './evaluate.ts'
import type { Matcher } from './patterns.ts'
import type { Resource } from './resources.ts'
import { UNKNOWN } from './verdict.ts'

/** Plans the subschemas and patterns of one place of a schema, for its keywords. */
export interface Planner {
  readonly resource: Resource
  readonly isDraft2019: boolean
  /** A subschema of this place. */
  plan(schema: JsonValue): Plan
  /** The target of a reference from this place; undefined unless it is in the document. */
  planOf(ref: string): Plan | undefined
  /** A schema of another resource, for a dynamic reference. */
  planIn(schema: JsonObject, resource: Resource): Plan
  matcher(pattern: string): Matcher
}

/** Creates the check of a keyword and those that it depends on; undefined if the schema lacks it. */
export type Keyword = (schema: JsonObject, planner: Planner) => Check | undefined

/** The check of a keyword that cannot be checked. */
export function unknown(reason: string): Check {
  return (_value, run, _place, evaluated) => {
    run.note(reason)
    evaluated?.everything()
    return UNKNOWN
  }
}
