import { branchOf } from '../../packages/toolyard/console/src/schema-form/choice.ts'
import { type FieldInfo, fieldOf } from '../../packages/toolyard/console/src/schema-form/field-of.ts'
import { initialValue } from '../../packages/toolyard/console/src/schema-form/initial-value.ts'
import { isRecord, listOf, numberOf, type Schema } from '../../packages/toolyard/console/src/schema-form/schema.ts'

/** What a person fills in: only what is marked as required, or everything. */
export type Zeal = 'REQUIRED' | 'ALL'

/** Deepest level at which optional fields are filled in. */
const maxDepth = 5

const formats: Readonly<Record<string, string>> = {
  DATE: '2026-02-03',
  TIME: '10:20:30Z',
  DATE_TIME: '2026-02-03T10:20:30Z',
  EMAIL: 'a@example.com',
  URL: 'https://example.com/a',
  FILE: 'aGVsbG8=',
}

/** Texts for the patterns that published servers have. */
const patterns: readonly string[] = [
  ...['abc', '12', '2026-02-03', '10:20', '#aabbcc', 'https://example.com', 'example.com', 'a.png'],
  ...['00000000-0000-0000-0000-000000000000', '1-00000000-0000-0000-0000-000000000000', 'aabbcc', 'a/b', 'pid=1'],
  ...['timestamp:asc', 'count:asc', 'GET', '200', 'PT1H', '10:20:30'],
  // For a pattern that is escaped twice.
  String.raw`\ddd`,
]

function text(schema: Schema, kind: string): string {
  const { pattern } = schema
  const fitting = typeof pattern === 'string' ? patterns.find((each) => new RegExp(pattern, 'u').test(each)) : undefined
  const plain = formats[kind] ?? fitting ?? 'abc'
  return plain.padEnd(numberOf(schema.minLength) ?? 0, 'x').slice(0, numberOf(schema.maxLength))
}

function number({ minimum, exclusiveMinimum, maximum, multipleOf }: Schema): number {
  const least = numberOf(minimum) ?? (numberOf(exclusiveMinimum) ?? 0) + 1
  const step = numberOf(multipleOf)
  const value = step === undefined ? least : Math.ceil(least / step) * step
  return Math.min(value, numberOf(maximum) ?? value)
}

/** Fills in a form field by field, as the form shows them. */
export function fillIn(schema: Schema, root: Schema, before: unknown, zeal: Zeal, depth = 0): unknown {
  const info = fieldOf(schema, root, before)
  const again = (of: Schema, value: unknown) => fillIn(of, root, value, zeal, depth + 1)
  switch (info.kind) {
    case 'CONSTANT':
      return info.value
    case 'OBJECT':
      return filledObject(info, root, before, zeal, depth)
    case 'LIST': {
      const least = Math.max(
        zeal === 'ALL' && depth < maxDepth ? 1 : 0,
        numberOf(info.schema.minItems) ?? 0,
        listOf(before).length,
      )
      return Array.from({ length: least }, (_, index) => {
        const of = info.prefix[index] ?? info.items ?? {}
        return again(of, listOf(before)[index] ?? initialValue(of, root))
      })
    }
    case 'SET':
      return info.options.slice(0, Math.max(1, numberOf(info.schema.minItems) ?? 0)).map(({ value }) => value)
    case 'OPTIONS':
      return info.options.at(-1)?.value
    case 'CHOICE': {
      const branch = info.branches[branchOf(info, root, before)]
      return branch && again(branch.schema, before ?? initialValue(branch.schema, root))
    }
    case 'TEXT':
      return text(info.schema, info.text)
    case 'NUMBER':
      return number(info.schema)
    case 'BOOLEAN':
      return true
    case 'JSON':
      return info.schema.type === 'object' ? { any: 1 } : 'any'
  }
}

function filledObject(
  info: Extract<FieldInfo, { kind: 'OBJECT' }>,
  root: Schema,
  before: unknown,
  zeal: Zeal,
  depth: number,
): Schema {
  const object = isRecord(before) ? before : {}
  const members = info.members.flatMap(({ name, schema, isRequired }) => {
    const had = object[name]
    if (!isRequired && (zeal === 'REQUIRED' || depth >= maxDepth))
      return had === undefined ? [] : [[name, had] as const]
    return [[name, fillIn(schema, root, had ?? initialValue(schema, root), zeal, depth + 1)] as const]
  })
  return { ...object, ...Object.fromEntries(members) }
}
