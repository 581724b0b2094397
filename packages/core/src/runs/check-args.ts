import { invalidInput } from '../base/errors.ts'
import { isDeeperThan, isJsonObject, type JsonObject, pointerToken } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'

/** Deepest nesting of args: walking and printing them is recursive. */
const maxArgsDepth = 128
const ofArgs: readonly string[] = ['args']
/** Characters of a bigint in a message. */
const maxShown = 60

/** Describes the first number that JSON lacks: it would be sent as null, or not at all. */
function notJson(value: unknown, pointer: string): string | undefined {
  if (typeof value === 'bigint') return `the bigint ${String(value).slice(0, maxShown)} at ${pointer}`
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value} at ${pointer}`
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const found = notJson(member, `${pointer}/${pointerToken(name)}`)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(args: JsonObject, path: readonly string[]): string {
  const refused = (found: string) =>
    invalidInput(path, `${path.at(-1)}: expected JSON, got ${found}; give a number that JSON has, or a string`)
  let text: string
  try {
    text = JSON.stringify(args)
  } catch (error) {
    const found = notJson(args, '')
    throw found === undefined ? error : refused(found)
  }
  // Most args have no null.
  const found = text.includes('null') ? notJson(args, '') : undefined
  if (found !== undefined) throw refused(found)
  return text
}

/**
 * Checks that args, or what is given at another path, can be sent as JSON.
 *
 * @throws INVALID_INPUT
 */
export function checkArgs(args: unknown, meter: BudgetMeter, path: readonly string[] = ofArgs): JsonObject {
  if (!isJsonObject(args)) throw invalidInput(path, `${path.at(-1)}: expected a JSON object, got another value`)
  if (isDeeperThan(args, maxArgsDepth))
    throw invalidInput(path, `${path.at(-1)}: expected JSON nested at most ${maxArgsDepth} deep, got more`)
  const { argsBytes } = meter.budgets
  const text = textOf(args, path)
  // A UTF-16 unit takes 3 bytes at most, and most args are far from the limit.
  const bytes = text.length * 3 > argsBytes ? Buffer.byteLength(text) : 0
  if (bytes > argsBytes) {
    throw meter.exceeded('argsBytes', { what: path.at(-1) ?? '', got: bytes, code: 'INVALID_INPUT', path })
  }
  return args
}
