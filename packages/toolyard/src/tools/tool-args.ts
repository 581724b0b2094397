import { nearest } from '@toolyard/core/internal/nearest'
import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'
import { additionalOf, isObject, propertiesOf, requiredOf, type Schema, typeInWords, typesOf } from './schema.ts'
import { typedItems, typedValue } from './typed-value.ts'

export type ToolArgs = Readonly<Record<string, unknown>>

/** Sets an own property, whatever its name. */
function withEntry(args: ToolArgs, key: string, value: unknown): ToolArgs {
  return Object.fromEntries([...Object.entries(args).filter(([name]) => name !== key), [key, value]])
}

function ownValue(args: ToolArgs, key: string): unknown {
  return Object.hasOwn(args, key) ? args[key] : undefined
}

interface Place {
  /** From the args down. */
  readonly path: readonly string[]
  readonly schema: Schema
}

const maxDepth = 32

/**
 * Finds the place of `key`: a property of that name, or one in an object before a dot. Undefined if there is no such
 * place.
 */
function placeOf(root: Schema, schema: Schema, key: string, depth = 0): Place | undefined {
  const properties = propertiesOf(root, schema)
  const own = properties.get(key)
  if (own) return { path: [key], schema: own }
  for (let dot = key.indexOf('.'); dot >= 0 && depth < maxDepth; dot = key.indexOf('.', dot + 1)) {
    const name = key.slice(0, dot)
    const property = properties.get(name)
    if (!property) continue
    const types = typesOf(root, property)
    if (types.length > 0 && !types.includes('object')) continue
    const inner = placeOf(root, property, key.slice(dot + 1), depth + 1)
    if (inner) return { path: [name, ...inner.path], schema: inner.schema }
  }
  const additional = additionalOf(root, schema)
  return additional && { path: [key], schema: additional }
}

function setAt(args: ToolArgs, [key, ...rest]: readonly string[], value: unknown): ToolArgs {
  if (key === undefined) return args
  if (rest.length === 0) return withEntry(args, key, value)
  const inner = ownValue(args, key)
  return withEntry(args, key, setAt(isObject(inner) ? inner : {}, rest, value))
}

const taker = {
  tool: ['the tool has no argument', 'it takes no args'],
  form: ['the form has no field', 'it has none'],
} as const

function unknownKey(root: Schema, key: string, of: keyof typeof taker): UsageError {
  const names = [...propertiesOf(root, root).keys()]
  const meant = nearest(key, names)
  const [unknown, none] = taker[of]
  const known = names.length === 0 ? none : `it takes ${names.map(printable).join(', ')}`
  const hint = meant === undefined ? known : `did you mean ${printable(meant)}?`
  return new UsageError(`${unknown} "${printable(key)}"; ${hint}`)
}

/** Reads `key=value` texts, typed by the schema of a tool's args or of a form, over `base`. Throws UsageError. */
export function readPairs(
  root: Schema,
  pairs: readonly string[],
  base: ToolArgs,
  of: keyof typeof taker = 'tool',
): ToolArgs {
  const texts = new Map<string, string[]>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw new UsageError(`expected key=value, got "${printable(pair.slice(0, 100))}"`)
    const key = pair.slice(0, at)
    texts.set(key, [...(texts.get(key) ?? []), pair.slice(at + 1)])
  }
  let args = base
  for (const [key, [first = '', ...others]] of texts) {
    const place = placeOf(root, root, key)
    if (!place) throw unknownKey(root, key, of)
    const { path, schema } = place
    const typed = others.length === 0 ? typedValue(root, schema, first) : typedItems(root, schema, [first, ...others])
    if ('expected' in typed) throw new UsageError(`${printable(key)}: expected ${printable(typed.expected)}`)
    args = setAt(args, path, typed.value)
  }
  return args
}

/** A required property that is missing. */
export interface MissingArg {
  readonly name: string
  readonly schema: Schema
}

export function missingArgs(root: Schema, args: ToolArgs): readonly MissingArg[] {
  const properties = propertiesOf(root, root)
  return requiredOf(root, root)
    .filter((name) => !Object.hasOwn(args, name))
    .map((name) => ({ name, schema: properties.get(name) ?? {} }))
}

/** The error that names all missing args. */
export function missingError(root: Schema, missing: readonly MissingArg[]): UsageError {
  const names = missing.map(({ name, schema }) => `${printable(name)} (${printable(typeInWords(root, schema))})`)
  return new UsageError(`missing: ${names.join(', ')}; give each as key=value, or all as --args JSON`)
}
