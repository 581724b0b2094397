import { excessWithin, isJsonObject, type JsonObject, kindOf } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { toIcon } from './icons.ts'
import type { McpIcon } from './tool.ts'

/** Why a definition of a server is rejected; caught by the function that checks it. */
export class Unacceptable extends Error {}

export function optionalString(raw: JsonObject, key: string): string | undefined {
  const value = raw[key] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw new Unacceptable(`/${key}: expected a string, got ${kindOf(value)}`)
}

export function optionalObject(raw: JsonObject, key: string): JsonObject | undefined {
  const value = raw[key] ?? undefined
  if (value === undefined || isJsonObject(value)) return value
  throw new Unacceptable(`/${key}: expected an object, got ${kindOf(value)}`)
}

/** The object without its null members that may be omitted: null means omitted. */
export function withoutNulls(given: JsonObject, mayBeAbsent: (key: string) => boolean): JsonObject {
  const isLeftOut = (key: string) => given[key] === null && mayBeAbsent(key)
  if (!Object.keys(given).some(isLeftOut)) return given
  return Object.fromEntries(Object.entries(given).filter(([key]) => !isLeftOut(key)))
}

export function optionalIcons(raw: JsonObject): readonly McpIcon[] | undefined {
  const value = raw.icons ?? undefined
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw new Unacceptable(`/icons: expected a list, got ${kindOf(value)}`)
  return value.map((icon: unknown, index) => {
    if (!isJsonObject(icon)) throw new Unacceptable(`/icons/${index}: expected an object, got ${kindOf(icon)}`)
    const { src } = icon
    if (typeof src !== 'string') throw new Unacceptable(`/icons/${index}/src: expected a string, got ${kindOf(src)}`)
    return toIcon(icon, src)
  })
}

export type DefinitionBudgets = Pick<BudgetMeter, 'budgets' | 'count'>

/** Why a definition is too large, if it is. Checked before anything walks it: hashing and comparing are recursive. */
export function excessOf(raw: JsonObject, { budgets, count }: DefinitionBudgets): string | undefined {
  const { definitionDepth, definitionValues } = budgets
  const excess = excessWithin(raw, definitionDepth, definitionValues)
  if (excess === undefined) return undefined
  if (excess === 'DEPTH') {
    count('definitionDepth')
    return `nested more than ${definitionDepth} deep`
  }
  count('definitionValues')
  return `more than ${definitionValues} values`
}

/**
 * The definition as it is stored.
 * @throws Unacceptable if it is too long
 */
export function definitionTextOf(definition: object, { budgets, count }: DefinitionBudgets): string {
  const definitionText = JSON.stringify(definition)
  const { definitionBytes } = budgets
  // A UTF-16 unit takes 3 bytes at most, and most definitions are far from the limit.
  const bytes = definitionText.length * 3 > definitionBytes ? Buffer.byteLength(definitionText) : 0
  if (bytes <= definitionBytes) return definitionText
  count('definitionBytes')
  throw new Unacceptable(`expected at most ${definitionBytes} bytes of JSON, got ${bytes}`)
}
