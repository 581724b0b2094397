import { canonicalJson } from '../base/canonical-json.ts'
import { isJsonObject, type JsonObject, type JsonPrimitive, type JsonValue } from '../base/json.ts'
import type { CheckRun } from './check-run.ts'

/** Takes the steps to compare a value, by its parts and characters. Recursive, as the depth is limited before. */
function weigh(value: JsonValue, run: CheckRun): void {
  if (typeof value === 'string') {
    run.steps.take(1 + (value.length >> 6))
    return
  }
  run.steps.take(2)
  if (Array.isArray(value)) for (const each of value) weigh(each, run)
  else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      run.steps.take(5 + (key.length >> 4))
      weigh(value[key] ?? null, run)
    }
  }
}

const isPrimitive = (value: JsonValue): value is JsonPrimitive => typeof value !== 'object' || value === null

/** A set of JSON values that compares by value, in any order of keys. */
export class ValueSet {
  readonly #primitives = new Set<JsonPrimitive>()
  readonly #texts = new Set<string>()

  /** Adds a value; answers whether it is new. */
  add(value: JsonValue, run: CheckRun): boolean {
    weigh(value, run)
    const before = this.#primitives.size + this.#texts.size
    if (isPrimitive(value)) this.#primitives.add(value)
    else this.#texts.add(canonicalJson(value))
    return this.#primitives.size + this.#texts.size > before
  }

  has(value: JsonValue, run: CheckRun): boolean {
    if (isPrimitive(value)) {
      if (typeof value === 'string') run.steps.take(value.length >> 6)
      return this.#primitives.has(value)
    }
    // Objects and lists are looked up as texts, which only helps if the set has some.
    if (this.#texts.size === 0) return false
    weigh(value, run)
    return this.#texts.has(canonicalJson(value))
  }
}

/** Lists the names of an object's members, which takes long for many, even if the first one decides. */
export function namesIn(object: JsonObject, run: CheckRun): readonly string[] {
  const names = Object.keys(object)
  run.steps.take(2 * names.length)
  return names
}

/** Reads own members only: an argument named `constructor` is missing unless it is given. */
export function hasMember(object: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.hasOwn(object, name) && object[name] !== undefined
}
