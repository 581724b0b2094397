import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemas } from '../fixtures/mcp/arbitrary-schemas.ts'
import { bothWires } from '../fixtures/mcp/both-wires.ts'
import { everythingStdio, filesystemStdio, memoryStdio } from '../fixtures/mcp/everything.ts'
import { listOf } from '../fixtures/mcp/list-of.ts'

let folder: string
let registry: Registry
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await rm(folder, { recursive: true })
})

const object = { type: 'object' }

/** Tools that the specification of one revision or both does not allow, or that few servers have. */
const odd: readonly unknown[] = [
  { name: 'no schema' },
  { name: 'no root type', inputSchema: { properties: { a: { type: 'string' } } } },
  { name: 'an empty schema', inputSchema: {} },
  { name: 'a schema that is null', inputSchema: null },
  { name: 'a list of types', inputSchema: { type: ['object', 'null'] } },
  { name: 'a root reference', inputSchema: { $ref: '#/$defs/a', $defs: { a: object } } },
  { name: 'an output that is a list', inputSchema: object, outputSchema: { type: 'array', items: { type: 'string' } } },
  { name: 'an output that is null', inputSchema: object, outputSchema: null },
  { name: 'keywords of 2020-12', inputSchema: { ...object, dependentSchemas: {}, unevaluatedProperties: false } },
  {
    name: 'unknown members',
    inputSchema: object,
    execution: { taskSupport: 'optional' },
    'x-vendor': [1, { a: null }],
  },
  { name: 'meta', inputSchema: object, _meta: { 'example.com/a': { b: [1, 2] } } },
  { name: 'annotations of other types', inputSchema: object, annotations: { title: 'T', readOnlyHint: 'yes' } },
  { name: 'icons', inputSchema: object, icons: [{ src: 'https://example.com/a.png', sizes: ['any'] }, { src: 1 }] },
  { name: 'null members', title: null, description: null, inputSchema: object, annotations: null, icons: null },
  { name: '', inputSchema: object },
  { name: 7, inputSchema: object },
  { name: 'twice', inputSchema: object },
  { name: 'twice', inputSchema: { ...object, title: 'again' } },
  { name: 'größe/☃ "quoted"', description: '\u0000\u202e', inputSchema: object },
  { inputSchema: object },
  null,
  'echo',
]

async function expectAlike(name: string, tools: readonly unknown[]): Promise<number> {
  const [legacy, modern] = await bothWires(registry, name, tools)
  expect(modern).toEqual(legacy)
  return modern.tools.length
}

describe('a list is taken over the modern wire as over the legacy one', () => {
  it('of real servers', async () => {
    const memory = memoryStdio(join(folder, 'memory.jsonl'))
    const servers = { everything: everythingStdio(), filesystem: filesystemStdio(folder), memory }
    for (const [name, { command, args }] of Object.entries(servers)) {
      const listed = await listOf(command, args, { PATH: process.env.PATH ?? '', ...memory.env })
      expect(await expectAlike(name, listed)).toBe(listed.length)
    }
  })

  it('of odd tools, each on its own merits', async () => {
    expect(await expectAlike('odd', odd)).toBeGreaterThan(odd.length / 2)
  })

  it('of any schemas', async () => {
    const listed = fc.sample(schemas(1), { numRuns: 300, seed: 20_260_728 })
    await expectAlike(
      'any',
      listed.map((inputSchema, n) => ({ name: `tool ${n}`, inputSchema })),
    )
  })
})
