import { deref, isObject, type JsonType, partsOf, type Schema, typeInWords, typesOf, valuesOf } from './schema.ts'

/** A text as the schema wants it, or what was expected of it. */
export type Typed = { readonly value: unknown } | { readonly expected: string }

const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

function parseJson(text: string): Typed {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { expected: 'JSON' }
  }
}

function parseNumber(text: string): number | undefined {
  const value = numberPattern.test(text.trim()) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

/** An integer that a number holds exactly; another would be sent as a different one. */
function parseInteger(text: string): number | undefined {
  const value = parseNumber(text)
  return Number.isSafeInteger(value) ? value : undefined
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

function asType(root: Schema, schema: Schema, type: JsonType, text: string, depth: number): Typed | undefined {
  const given = (value: unknown): Typed | undefined => (value === undefined ? undefined : { value })
  switch (type) {
    case 'null':
      return text === 'null' ? { value: null } : undefined
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : undefined
    case 'integer':
      return given(parseInteger(text))
    case 'number':
      return given(parseNumber(text))
    case 'string':
      return { value: text }
    case 'object': {
      const parsed = parseJson(text)
      return 'value' in parsed && isObject(parsed.value) ? parsed : undefined
    }
    case 'array': {
      const parsed = text.trimStart().startsWith('[') ? parseJson(text) : undefined
      if (parsed) return 'value' in parsed && Array.isArray(parsed.value) ? parsed : undefined
      if (depth >= maxDepth) return undefined
      const item = typedValue(root, itemSchema(root, schema, 0), text, depth + 1)
      return 'value' in item ? { value: [item.value] } : undefined
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
    if ('value' in parsed && values.some((value) => JSON.stringify(value) === JSON.stringify(parsed.value)))
      return parsed
    // Other alternatives may take any value of their type.
    const isOpen = partsOf(root, schema).some((part) => part.type !== undefined && !('const' in part) && !part.enum)
    if (!isOpen) return { expected: typeInWords(root, schema) }
  }
  if (types.length === 0) {
    const parsed = parseJson(text)
    return 'value' in parsed ? parsed : { value: text }
  }
  for (const type of types) {
    // Unless it reads as one, a text for an array or a string is the string.
    if (type === 'array' && types.includes('string') && !text.trimStart().startsWith('[')) continue
    const typed = asType(root, schema, type, text, depth)
    if (typed) return typed
  }
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
