import { parseTemplate } from 'url-template'
import { invalidInput } from '../base/errors.ts'
import { isJsonObject, kindOf } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { type Expression, parseUriTemplate, type TemplatePart, type VariableSpec } from './uri-template.ts'

/** Values of a URI template, by the names of its variables. */
export type TemplateValues = Readonly<
  Record<string, string | readonly string[] | Readonly<Record<string, string>> | null>
>

/** A checked value; undefined leaves its variable out. */
type Value = string | readonly string[] | Readonly<Record<string, string>> | undefined
type Values = ReadonlyMap<string, Value>
/** The values as the library takes them. */
type Context = Parameters<ReturnType<typeof parseTemplate>['expand']>[0]

const strayPercent = /%(?![0-9A-Fa-f]{2})/g
/** Characters of a name in a message. */
const maxShown = 100
const shown = (name: string) => JSON.stringify(name.slice(0, maxShown))

function textOf(value: unknown, path: readonly string[], expected: string): string {
  if (typeof value !== 'string')
    throw invalidInput(path, `${path.join('.')}: expected ${expected}, got ${kindOf(value)}`)
  if (value.isWellFormed()) return value
  throw invalidInput(path, `${path.join('.')}: expected Unicode text, got a lone surrogate, which no URI can have`)
}

function checkValue(value: unknown, name: string): Value {
  const path = ['values', name]
  if (value === null) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => textOf(item, [...path, `${index}`], 'a string'))
    // An empty list or map counts as undefined (RFC 6570, section 2.3).
    return items.length > 0 ? items : undefined
  }
  if (!isJsonObject(value)) return textOf(value, path, 'a string, a list or a map of strings, or null')
  const pairs = Object.entries(value).map(([key, member]) => {
    textOf(key, path, 'keys')
    return [key, textOf(member, [...path, key], 'a string')] as const
  })
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined
}

/** The values, one for each variable and none beside them. */
function checkValues(given: unknown, names: ReadonlySet<string>): Values {
  if (!isJsonObject(given)) throw invalidInput(['values'], `values: expected an object, got ${kindOf(given)}`)
  const unknown = Object.keys(given).find((name) => !names.has(name))
  if (unknown !== undefined) {
    const known = names.size === 0 ? 'it has none' : `it has ${[...names].join(', ').slice(0, 500)}`
    throw invalidInput(['values', unknown], `The template has no variable ${shown(unknown)}; ${known}`)
  }
  return new Map(
    names.values().map((name) => {
      if (Object.hasOwn(given, name)) return [name, checkValue(given[name], name)] as const
      throw invalidInput(['values', name], `The variable ${shown(name)} has no value; null leaves it out`)
    }),
  )
}

const isExpression = (part: TemplatePart): part is Expression => typeof part !== 'string'

/** The end of the first `count` characters, as RFC 6570 counts them: code points, not UTF-16 units. */
function endOf(text: string, count: number): number {
  let end = 0
  for (let left = count; left > 0 && end < text.length; left -= 1) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  return end
}

function specText({ name, decodedName, prefix, isExploded }: VariableSpec, value: Value): string {
  if (isExploded) return `${decodedName}*`
  if (prefix === undefined || value === undefined) return decodedName
  if (typeof value !== 'string') {
    const message = `The template takes the first ${prefix} characters of ${shown(name)}: expected a string, got ${kindOf(value)}`
    throw invalidInput(['values', name], message)
  }
  // The library counts UTF-16 units, and would cut characters beyond U+FFFF in two. It takes no prefix of 0.
  return value === '' ? decodedName : `${decodedName}:${endOf(value, prefix)}`
}

/** The fewest characters that a variable expands to. */
function leastLength({ prefix }: VariableSpec, value: Value): number {
  if (value === undefined) return 0
  if (typeof value === 'string') return prefix === undefined ? value.length : Math.min(prefix, value.length)
  const texts = Array.isArray(value) ? value : Object.entries(value).flat()
  return texts.reduce((sum: number, text: string) => sum + text.length, 0)
}

function expandExpression({ operator, variables }: Expression, values: Values, context: Context): string {
  const specs = variables.map((spec) => specText(spec, values.get(spec.name)))
  const expanded = parseTemplate(`{${operator}${specs.join(',')}}`).expand(context)
  // An empty member of a list or map has no "=" under this operator (RFC 6570, section 3.2.7). Values have it encoded.
  return operator === ';' ? expanded.replace(/=(?=;|$)/g, '') : expanded
}

/**
 * Expands a URI template (RFC 6570, levels 1 to 4).
 *
 * @throws INVALID_INPUT, with the path of the value, or `['template']` for a text that is no template
 */
export function expandTemplate(uriTemplate: string, given: unknown, meter: BudgetMeter): string {
  const parts = parseUriTemplate(uriTemplate)
  const specs = parts.filter(isExpression).flatMap(({ variables }) => variables)
  const values = checkValues(given, new Set(specs.map(({ name }) => name)))
  const tooLong = () =>
    meter.exceeded('uriBytes', { what: 'the expanded template', code: 'INVALID_INPUT', path: ['values'] })
  const { uriBytes } = meter.budgets
  // Before anything is expanded: a template may repeat a variable thousands of times.
  if (specs.reduce((sum, spec) => sum + leastLength(spec, values.get(spec.name)), 0) > uriBytes) throw tooLong()
  // Without a prototype: a variable may be named "constructor".
  const context: Context = Object.create(null)
  // The library encodes names: it takes them decoded.
  for (const { name, decodedName } of specs) Object.assign(context, { [decodedName]: values.get(name) })
  // The library encodes literals too, but leaves a "%" that begins no octet.
  const text = (part: TemplatePart) =>
    (isExpression(part) ? expandExpression(part, values, context) : parseTemplate(part).expand({})).replace(
      strayPercent,
      '%25',
    )
  const uri = parts.map(text).join('')
  if (uri === '') throw invalidInput(['values'], 'values: expected a URI, got an empty one; give a variable a value')
  if (uri.length > uriBytes) throw tooLong()
  return uri
}
