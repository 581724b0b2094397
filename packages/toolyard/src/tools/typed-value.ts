import { describeInexact, InexactNumberError, isExactNumber, parseExactJson } from '@toolyard/core/internal/exact-json'
import { deref, isObject, type JsonType, partsOf, type Schema, typeInWords, typesOf, valuesOf } from './schema.ts'

/** A text as a value of the schema, or the description of what was expected. */
export type Typed =
  | { readonly value: unknown }
  /** `isRounded`: it has a number that would be sent as another one. */
  | { readonly expected: string; readonly isRounded?: true }

const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

/** Returns undefined if the text is not JSON. */
function parseJson(text: string): Typed | undefined {
  try {
    return { value: parseExactJson(text) }
  } catch (error) {
    return error instanceof InexactNumberError
      ? { expected: `numbers that can be sent: ${error.message}`, isRounded: true }
      : undefined
  }
}

/** Returns undefined if the text is not a number. */
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

/** Maximum depth of nested arrays: a schema may refer to itself. */
const maxDepth = 8

/** Keeps a value only if it is of the type. An explanation of a rounded number stays. */
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

/** Converts a typed text to the type that the schema wants. A string stays a string, even if it looks like a number. */
export function typedValue(root: Schema, schema: Schema, text: string, depth = 0): Typed {
  const values = valuesOf(root, schema)
  const types = typesOf(root, schema)
  if (values?.includes(text)) return { value: text }
  if (values) {
    const parsed = parseJson(text)
    if (parsed && 'value' in parsed && values.some((value) => JSON.stringify(value) === JSON.stringify(parsed.value)))
      return parsed
    // Another alternative may take any value of its type.
    const isOpen = partsOf(root, schema).some((part) => part.type !== undefined && !('const' in part) && !part.enum)
    if (!isOpen) return { expected: typeInWords(root, schema) }
  }
  if (types.length === 0) {
    return parseJson(text) ?? { value: text }
  }
  let rounded: Typed | undefined
  for (const type of types) {
    // If both fit, a text is a string, unless it begins like a JSON array.
    if (type === 'array' && types.includes('string') && !text.trimStart().startsWith('[')) continue
    const typed = asType(root, schema, type, text, depth)
    if (typed && 'value' in typed) return typed
    rounded ??= typed
  }
  if (rounded) return rounded
  return { expected: types.length === 1 && types[0] === 'object' ? 'a JSON object' : typeInWords(root, schema) }
}

/** Converts several texts for one property, which must be an array. */
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
