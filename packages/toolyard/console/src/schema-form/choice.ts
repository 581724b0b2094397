import { matches, typeOfValue, typesOf } from './matches.ts'
import { resolveSchema } from './resolve-schema.ts'
import { isRecord, isSame, listOf, type Schema, schemaOf, stringsOf, textOf, valueText } from './schema.ts'

export interface Branch {
  readonly label: string
  readonly schema: Schema
}

/** Alternatives of which one is entered. */
export interface Choice {
  /** What holds for each branch, already part of their schemas. */
  readonly base: Schema
  readonly branches: readonly Branch[]
}

type Options = { readonly kind: 'OPTIONS'; readonly options: readonly { label: string; value: unknown }[] }

/** Most branches offered: more are no choice that a person makes. */
const maxBranches = 100

/** The names of types for people. */
export const typeWords: Readonly<Record<string, string>> = {
  object: 'Object',
  array: 'List',
  string: 'Text',
  number: 'Number',
  integer: 'Whole number',
  boolean: 'Yes or no',
}

/** The constant by which the branches differ, such as `type: "file"`. */
function discriminator(schema: Schema, root: Schema): string | undefined {
  for (const member of Object.values(schemaOf(schema.properties))) {
    const resolved = resolveSchema(schemaOf(member), root, undefined)
    if (resolved && 'const' in resolved) return valueText(resolved.const)
    const values = resolved && listOf(resolved.enum)
    if (values?.length === 1) return valueText(values[0])
  }
  return undefined
}

function labelOf(schema: Schema, root: Schema, index: number): string {
  const title = textOf(schema.title) ?? ('const' in schema ? valueText(schema.const) : discriminator(schema, root))
  if (title !== undefined) return title
  const required = stringsOf(schema.required)
  if (required.length > 0) return required.slice(0, 4).join(', ')
  if (Array.isArray(schema.enum)) return 'One of a list'
  const [type] = typesOf(schema)
  const format = textOf(schema.format)
  if (type === 'array') {
    const [item] = typesOf(schemaOf(schema.items))
    if (item !== undefined) return `List of ${(typeWords[item] ?? item).toLowerCase()}`
  }
  if (type !== undefined)
    return format === undefined ? (typeWords[type] ?? type) : `${typeWords[type] ?? type} (${format})`
  return `Choice ${index + 1}`
}

/** Gives equal labels numbers. */
function distinct(labels: readonly string[]): readonly string[] {
  return labels.map((label, index) => {
    const cut = label.length > 60 ? `${label.slice(0, 60)}…` : label
    const before = labels.slice(0, index).filter((each) => each === label).length
    return labels.filter((each) => each === label).length > 1 ? `${cut} ${before + 1}` : cut
  })
}

/** The choice in `oneOf` or `anyOf`; options if each branch is a constant. Undefined if the schema has neither. */
export function choiceOf(schema: Schema, root: Schema): (Choice & { kind: 'CHOICE' }) | Options | undefined {
  const keyword = ['oneOf', 'anyOf'].find((each) => listOf(schema[each]).length > 0)
  if (keyword === undefined) return undefined
  const all = listOf(schema[keyword]).map(schemaOf)
  if (all.length > maxBranches) return undefined
  if (all.every((each) => 'const' in each))
    return {
      kind: 'OPTIONS',
      options: all.map((each) => ({ value: each.const, label: textOf(each.title) ?? valueText(each.const) })),
    }
  const { [keyword]: _branches, title: _title, description: _description, default: _default, ...base } = schema
  const resolved = all.map((each) => resolveSchema(each, root, undefined) ?? {})
  const labels = distinct(resolved.map((each, index) => labelOf(each, root, index)))
  const branches = all.map((each, index) => ({
    label: labels[index] ?? '',
    schema: Object.keys(base).length > 0 ? { allOf: [each, base] } : each,
  }))
  return { kind: 'CHOICE', base, branches }
}

function scoreOf(schema: Schema, root: Schema, value: unknown): number {
  const resolved = resolveSchema(schema, root, value)
  if (!resolved) return 0
  if (matches(resolved, root, value)) return 1_000 + (isRecord(value) ? known(resolved, value) : 0)
  const types = typesOf(resolved)
  const type = typeOfValue(value)
  if (type !== undefined && types.length > 0 && !types.includes(type)) return -1
  if (!isRecord(value)) return 0
  const constants = Object.entries(schemaOf(resolved.properties)).filter(
    ([name, member]) => isRecord(member) && 'const' in member && Object.hasOwn(value, name),
  )
  const isOther = constants.some(([name, member]) => !isSame(schemaOf(member).const, value[name]))
  return isOther ? -1 : 100 * constants.length + known(resolved, value)
}

const known = ({ properties }: Schema, value: Schema) =>
  Object.keys(value).filter((name) => Object.hasOwn(schemaOf(properties), name)).length

/** Where a choice is: a branch may be a choice about the same value. */
export const choiceAt = (pointer: string, choices: number): string => `${pointer}${'?'.repeat(choices)}`

/** The index of the branch that a value is in, the first if none fits better. */
export function branchOf({ branches }: Choice, root: Schema, value: unknown): number {
  if (value === undefined) return 0
  const scores = branches.map(({ schema }) => scoreOf(schema, root, value))
  return Math.max(0, scores.indexOf(Math.max(...scores)))
}
