import { describeInexact, InexactNumberError, isExactNumber, parseExactJson } from '@toolyard/core/exact-json'
import { deref, isObject, type JsonType, partsOf, type Schema, typeInWords, typesOf, valuesOf } from './schema.ts'

/** A text as the schema wants it, or what was expected of it. */
export type Typed =
  | { readonly value: unknown }
  /** `isRounded`: it has a number that would be sent as another one. */
  | { readonly expected: string; readonly isRounded?: true }

const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

/** Undefined for a text that is no JSON. */
function parseJson(text: string): Typed | undefined {
  try {
    return { value: parseExactJson(text) }
  } catch (error) {
    return error instanceof InexactNumberError
      ? { expected: `numbers that can be sent: ${error.message}`, isRounded: true }
      : undefined
  }
}

/** Undefined for a text that is no number. */
function parseNumber(text: string): Typed | undefined {
  const trimmed = text.trim()
  if (!numberPattern.test(trimmed)) return undefined
  return isExactNumber(trimmed)
    ? { value: Number(trimmed) }
    : { expected: `a number that can be sent: ${describeInexact(trimmed)}`, isRounded: true }
}

/** The schema of an item. */
function itemSchema(root: Schema, schema: Schema, index: number): Schema {
  for (const { prefixItems, items } of partsOf(root, schema)) {
    const tuple = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : []
    const item: unknown = tuple[index] ?? items
    if (isObject(item)) return deref(root, item)
  }
  return {}
}

/** An array of arrays, and so on, may have no end. */
const maxDepth = 8

/** What of a type the text says that may be it; undefined if it says nothing of that type. */
function ofType(typed: Typed | undefined, isOfType: (value: unknown) => boolean): Typed | undefined {
  return typed && 'value' in typed && !isOfType(typed.value) ? undefined : typed
}

function asType(root: Schema, schema: Schema, type: JsonType, text: string, depth: number): Typed | undefined {
  switch (type) {
    case 'null':
      return text === 'null' ? { value: null } : undefined
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : undefined
    case 'integer':
      return ofType(parseNumber(text), Number.isInteger)
    case 'number':
      return parseNumber(text)
    case 'string':
      return { value: text }
    case 'object':
      return text.trimStart().startsWith('{') ? ofType(parseJson(text), isObject) : undefined
    case 'array': {
      if (text.trimStart().startsWith('[')) return ofType(parseJson(text), Array.isArray)
      if (depth >= maxDepth) return undefined
      const item = typedValue(root, itemSchema(root, schema, 0), text, depth + 1)
      if ('value' in item) return { value: [item.value] }
      return item.isRounded ? item : undefined
    }
  }
}

/** What a person has typed, as the type that the schema wants. A string stays as it is, also where it looks like a number. */
export function typedValue(root: Schema, schema: Schema, text: string, depth = 0): Typed {
  const values = valuesOf(root, schema)
  const types = typesOf(root, schema)
  if (values?.includes(text)) return { value: text }
  if (values) {
    const parsed = parseJson(text)
    if (parsed && 'value' in parsed && values.some((value) => JSON.stringify(value) === JSON.stringify(parsed.value)))
      return parsed
    // Other alternatives may take any value of their type.
    const isOpen = partsOf(root, schema).some((part) => part.type !== undefined && !('const' in part) && !part.enum)
    if (!isOpen) return { expected: typeInWords(root, schema) }
  }
  if (types.length === 0) {
    return parseJson(text) ?? { value: text }
  }
  let rounded: Typed | undefined
  for (const type of types) {
    // Unless it reads as one, a text for an array or a string is the string.
    if (type === 'array' && types.includes('string') && !text.trimStart().startsWith('[')) continue
    const typed = asType(root, schema, type, text, depth)
    if (typed && 'value' in typed) return typed
    rounded ??= typed
  }
  if (rounded) return rounded
  return { expected: types.length === 1 && types[0] === 'object' ? 'a JSON object' : typeInWords(root, schema) }
}

/** Several texts for one property, which only an array takes. */
export function typedItems(root: Schema, schema: Schema, texts: readonly string[]): Typed {
  const types = typesOf(root, schema)
  if (types.length > 0 && !types.includes('array')) return { expected: `${typeInWords(root, schema)}, once` }
  const items: unknown[] = []
  for (const [index, text] of texts.entries()) {
    const item = typedValue(root, itemSchema(root, schema, index), text)
    if ('expected' in item) return { expected: `${item.expected} for each item` }
    items.push(item.value)
  }
  return { value: items }
}
