import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../base/json.ts'
import type { ToolDefinition } from '../model/tool.ts'
import { definitionChanges } from './changes.ts'

const definition = (inputSchema: JsonObject): ToolDefinition => ({ name: 'a', inputSchema })
// Keys that every object inherits, beside any others.
const key = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', 'a/b', '~'))
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, 0, 1, 'x', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
})).value
// Parsed, so that __proto__ is a member like any other.
const schema = fc.dictionary(key, json, { maxKeys: 4 }).map((value): JsonObject => JSON.parse(JSON.stringify(value)))

describe('the changes of a definition', () => {
  it('are none between equals', () => {
    fc.assert(
      fc.property(schema, (value) => {
        const copy: JsonObject = JSON.parse(JSON.stringify(value))
        expect(definitionChanges(definition(value), definition(copy))).toEqual([])
      }),
    )
  })

  it('are some between what differs, each side as it was', () => {
    fc.assert(
      fc.property(schema, schema, (before, after) => {
        fc.pre(JSON.stringify(sorted(before)) !== JSON.stringify(sorted(after)))
        const changes = definitionChanges(definition(before), definition(after))
        expect(changes.length).toBeGreaterThan(0)
        for (const change of changes) {
          expect(change.pointer.startsWith('/inputSchema')).toBe(true)
          expect(at({ inputSchema: before }, change.pointer)).toEqual(change.before)
          expect(at({ inputSchema: after }, change.pointer)).toEqual(change.after)
        }
      }),
    )
  })

  it('are whole fields where there are more than a reader wants, or their pointers are long', () => {
    const many = (value: number) => Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`p${n}`, value]))
    const wide = (value: number) => ({ ...definition(many(value)), title: 'T' })
    expect(definitionChanges(wide(1), wide(2))).toEqual([{ pointer: '/inputSchema', before: many(1), after: many(2) }])
    expect(definitionChanges(definition({ a: 1 }), wide(1))).toHaveLength(2)
    const long = (value: number) => definition({ ['k'.repeat(100_000)]: { a: value, b: value, c: value } })
    expect(definitionChanges(long(1), long(2))).toMatchObject([{ pointer: '/inputSchema' }])
    const few = (value: number) => definition({ properties: { a: value } })
    expect(definitionChanges(few(1), few(2))).toEqual([{ pointer: '/inputSchema/properties/a', before: 1, after: 2 }])
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, child]) => [name, sorted(child)])
}

/** What a JSON Pointer leads to (RFC 6901). */
function at(root: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, token) => {
      if (typeof node !== 'object' || node === null || !Object.hasOwn(node, token)) return undefined
      return Object.entries(node).find(([name]) => name === token)?.[1]
    }, root)
}
