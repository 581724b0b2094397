import { type Choice, choiceOf, typeWords } from './choice.ts'
import { typesOf } from './matches.ts'
import { resolveSchema } from './resolve-schema.ts'
import { isRecord, listOf, numberOf, type Schema, schemaOf, stringsOf, textOf, valueText } from './schema.ts'

export interface Option {
  readonly label: string
  readonly value: unknown
}

export interface Member {
  readonly name: string
  readonly schema: Schema
  readonly isRequired: boolean
}

/** How a text is entered. */
export type TextKind = 'LINE' | 'LINES' | 'FILE' | 'DATE' | 'TIME' | 'DATE_TIME' | 'EMAIL' | 'URL'

/** What a schema asks for. */
export type FieldShape =
  | { readonly kind: 'OBJECT'; readonly members: readonly Member[]; readonly entries: Schema | undefined }
  | { readonly kind: 'LIST'; readonly prefix: readonly Schema[]; readonly items: Schema | undefined }
  | { readonly kind: 'SET'; readonly options: readonly Option[] }
  | { readonly kind: 'OPTIONS'; readonly options: readonly Option[] }
  | { readonly kind: 'CONSTANT'; readonly value: unknown }
  | ({ readonly kind: 'CHOICE' } & Choice)
  | { readonly kind: 'TEXT'; readonly text: TextKind }
  | { readonly kind: 'NUMBER'; readonly isInteger: boolean }
  | { readonly kind: 'BOOLEAN' }
  /** Any value, entered as JSON. */
  | { readonly kind: 'JSON' }

export type FieldInfo = FieldShape & {
  /** The schema with all that it includes. */
  readonly schema: Schema
  readonly title: string | undefined
  readonly description: string | undefined
  /** Whether null stands for "no value". */
  readonly isNullable: boolean
}

/** Longest text that is entered on one line, in characters. */
export const maxLine = 200

const textFormats: Readonly<Record<string, TextKind>> = {
  date: 'DATE',
  time: 'TIME',
  'date-time': 'DATE_TIME',
  email: 'EMAIL',
  uri: 'URL',
  url: 'URL',
}

function textKindOf(schema: Schema): TextKind {
  if (schema.contentEncoding === 'base64') return 'FILE'
  const format = typeof schema.format === 'string' ? textFormats[schema.format] : undefined
  if (format) return format
  return (numberOf(schema.maxLength) ?? 0) > maxLine ? 'LINES' : 'LINE'
}

/** The options of an enum, with null left out if something else can be chosen. */
function optionsOf(schema: Schema): readonly Option[] | undefined {
  if (!Array.isArray(schema.enum) || schema.enum.length === 0) return undefined
  // `enumNames` is what MCP's elicitation uses for the labels of options.
  const names = listOf(schema.enumNames)
  const all = schema.enum.map((value: unknown, index) => ({ value, label: textOf(names[index]) ?? valueText(value) }))
  const values = all.filter(({ value }) => value !== null)
  return values.length > 0 ? values : all
}

function listShape(schema: Schema, root: Schema): FieldShape {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : listOf(schema.items)
  const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items
  const items = rest === false ? undefined : schemaOf(rest)
  const of = items && prefix.length === 0 ? fieldOf(items, root, undefined) : undefined
  if (of?.kind === 'OPTIONS' && (schema.uniqueItems === true || of.options.length <= 12))
    return { kind: 'SET', options: of.options }
  return {
    kind: 'LIST',
    prefix: prefix.map(schemaOf),
    items: rest === undefined && prefix.length > 0 ? undefined : items,
  }
}

function objectShape(schema: Schema): FieldShape {
  const required = new Set(stringsOf(schema.required))
  const properties = schemaOf(schema.properties)
  const members = Object.entries(properties).map(([name, each]) => ({
    name,
    schema: schemaOf(each),
    isRequired: required.has(name),
  }))
  // A required member without a schema of its own may have any value.
  for (const name of required) {
    if (!Object.hasOwn(properties, name)) members.push({ name, schema: {}, isRequired: true })
  }
  const patterns = isRecord(schema.patternProperties) ? Object.values(schema.patternProperties) : []
  const more = isRecord(schema.additionalProperties) ? schema.additionalProperties : patterns[0]
  const entries = isRecord(more) && Object.keys(more).length > 0 ? more : undefined
  if (members.length === 0 && !entries && schema.additionalProperties !== false) return { kind: 'JSON' }
  return { kind: 'OBJECT', members, entries }
}

function shapeOf(schema: Schema, root: Schema): FieldShape {
  if ('const' in schema) return { kind: 'CONSTANT', value: schema.const }
  const options = optionsOf(schema)
  if (options) return { kind: 'OPTIONS', options }
  const choice = choiceOf(schema, root)
  if (choice) return choice
  const types = typesOf(schema).filter((type) => type !== 'null')
  if (types.length > 1) return { kind: 'CHOICE', base: {}, branches: branchesOfTypes(schema, types) }
  const [type = impliedType(schema)] = types
  if (type === 'object') return objectShape(schema)
  if (type === 'array') return listShape(schema, root)
  if (type === 'string') return { kind: 'TEXT', text: textKindOf(schema) }
  if (type === 'number' || type === 'integer') return { kind: 'NUMBER', isInteger: type === 'integer' }
  return type === 'boolean' ? { kind: 'BOOLEAN' } : { kind: 'JSON' }
}

function branchesOfTypes(schema: Schema, types: readonly string[]): Choice['branches'] {
  const { title: _title, description: _description, default: _default, ...rest } = schema
  return types.map((type) => ({ label: typeWords[type] ?? type, schema: { ...rest, type } }))
}

function impliedType(schema: Schema): string | undefined {
  if ('properties' in schema || isRecord(schema.additionalProperties)) return 'object'
  if ('items' in schema || 'prefixItems' in schema) return 'array'
  if ('minLength' in schema || 'maxLength' in schema || 'pattern' in schema || 'format' in schema) return 'string'
  return 'minimum' in schema || 'maximum' in schema ? 'number' : undefined
}

const isNull = (schema: unknown, root: Schema) => {
  const resolved = isRecord(schema) ? resolveSchema(schema, root, undefined) : undefined
  return resolved !== undefined && (resolved.type === 'null' || ('const' in resolved && resolved.const === null))
}

/** Takes null out of `anyOf` and `oneOf`; a single branch that is left becomes the schema itself. */
function withoutNull(schema: Schema, root: Schema, value: unknown): { readonly schema: Schema; readonly had: boolean } {
  for (const keyword of ['anyOf', 'oneOf']) {
    const all = listOf(schema[keyword])
    const branches = all.filter((branch) => !isNull(branch, root))
    const [only] = branches
    if (all.length === 0 || branches.length > 1) {
      if (branches.length < all.length) return { schema: { ...schema, [keyword]: branches }, had: true }
      continue
    }
    if (branches.length === 0) continue
    const { [keyword]: _branches, ...rest } = schema
    const joined = resolveSchema({ ...rest, allOf: [schemaOf(only)] }, root, value)
    if (joined) return { schema: joined, had: branches.length < all.length }
  }
  return { schema, had: false }
}

/** Tells what a schema asks for. The value decides the branch of `if`. */
export function fieldOf(of: Schema, root: Schema, value: unknown): FieldInfo {
  const resolved = resolveSchema(of, root, value)
  if (!resolved) {
    const { title, description } = of
    return { kind: 'JSON', schema: of, title: textOf(title), description: textOf(description), isNullable: false }
  }
  const { schema, had } = withoutNull(resolved, root, value)
  return {
    ...shapeOf(schema, root),
    schema,
    title: textOf(schema.title),
    description: textOf(schema.description),
    isNullable: had || typesOf(schema).includes('null') || (Array.isArray(schema.enum) && schema.enum.includes(null)),
  }
}
