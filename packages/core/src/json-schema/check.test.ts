import { type Ajv, default as ajvDraft07 } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../base/json.ts'
import { CheckRun } from './check-run.ts'
import { evaluate } from './evaluate.ts'
import { IssueList, root } from './issues.ts'
import { patternSize } from './pattern-size.ts'
import { planDocument } from './schema-document.ts'
import { createStepAllowance, OutOfSteps, Steps } from './steps.ts'
import { FAILS, FITS, UNKNOWN, type Verdict } from './verdict.ts'

function check(schema: JsonObject, value: JsonValue, max = 1_000_000): { verdict: Verdict; unchecked?: string } {
  const steps = new Steps(max)
  const run = new CheckRun(steps)
  const verdict = evaluate(planDocument(schema, steps), value, run)
  return { verdict, ...(run.unchecked === undefined ? {} : { unchecked: run.unchecked }) }
}

function issuesOf(schema: JsonObject, value: JsonValue) {
  const steps = new Steps(1_000_000)
  const run = new CheckRun(steps)
  const issues = new IssueList(1_000)
  run.collect(issues)
  evaluate(planDocument(schema, steps), value, run, root)
  return issues.issues
}

/** As JSON.parse makes it: Ajv tells objects without a prototype apart. */
const parsed = <T>(given: T): T => JSON.parse(JSON.stringify(given))

const names = fc.constantFrom('a', 'b', 'ab', 'c')
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2.5, -1, '', 'a', 'ab', '😀', 'abc'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  ),
})).value
const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'object', 'array', 'null')
const small = fc.nat(3)
// An object with a member of this name, written out, is taken for a promise.
const thenKeyword = 'then'

const schema = fc.letrec<{ schema: JsonValue; object: JsonObject }>((tie) => {
  const some = fc.array(tie('schema'), { minLength: 1, maxLength: 3 })
  const named = fc.dictionary(names, tie('schema'), { maxKeys: 3 })
  const groups: readonly fc.Arbitrary<object>[] = [
    fc.record({ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })) }),
    fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.record({ const: value }),
    fc.record(
      { minimum: small, exclusiveMaximum: small, multipleOf: fc.constantFrom(1, 0.5, 2) },
      { requiredKeys: [] },
    ),
    fc.record(
      { minLength: small, maxLength: small, pattern: fc.constantFrom('^a', 'b$', '^.$') },
      { requiredKeys: [] },
    ),
    fc.record({ minItems: small, maxItems: small, uniqueItems: fc.boolean() }, { requiredKeys: [] }),
    fc.record({ items: tie('schema'), prefixItems: some }, { requiredKeys: [] }),
    fc.record({ contains: tie('schema'), minContains: small, maxContains: small }, { requiredKeys: ['contains'] }),
    fc.record({ properties: named, additionalProperties: tie('schema') }, { requiredKeys: [] }),
    fc.record({ patternProperties: fc.dictionary(fc.constantFrom('^a', 'b$'), tie('schema'), { maxKeys: 2 }) }),
    fc.record({ required: fc.uniqueArray(names), propertyNames: tie('schema') }, { requiredKeys: [] }),
    fc.record({ minProperties: small, maxProperties: small }, { requiredKeys: [] }),
    fc.record({ dependentRequired: fc.dictionary(names, fc.uniqueArray(names, { maxLength: 2 }), { maxKeys: 2 }) }),
    fc.record({ dependentSchemas: named }),
    fc.record({ allOf: some, anyOf: some, oneOf: some, not: tie('schema') }, { requiredKeys: [] }),
    fc.record({ if: tie('schema'), [thenKeyword]: tie('schema'), else: tie('schema') }, { requiredKeys: ['if'] }),
    fc.record({ $ref: fc.constantFrom('#/$defs/x', '#/$defs/y') }),
  ]
  const object = fc
    .array(fc.oneof(...groups), { minLength: 1, maxLength: 3 })
    .map((parts): JsonObject => Object.assign({}, ...parts))
  return { object, schema: fc.oneof({ maxDepth: 3 }, fc.boolean(), object) }
}).object

const options = { strict: false, ownProperties: true, logger: false, validateSchema: false } as const
const peer: Ajv = new Ajv2020(options)

/**
 * Undefined where it is of no use: for some schemas of 2020-12 its code lacks a variable, and beside `prefixItems` an empty
 * list passes `contains`.
 */
function verdictOfAjv(whole: JsonObject, given: JsonValue): boolean | undefined {
  const text = JSON.stringify(whole)
  if (text.includes('"contains"') && text.includes('"prefixItems"')) return undefined
  const validate = peer.compile(whole)
  peer.removeSchema()
  try {
    return validate(given)
  } catch {
    return undefined
  }
}

describe('a check', () => {
  it('says of any value what Ajv says', () => {
    const document = fc.record({ x: schema, y: schema, top: schema, value })
    fc.assert(
      fc.property(document.map(parsed), ({ x, y, top, value: given }) => {
        // References that go round in circles without a step into the value have no answer.
        const leaf = { y: JSON.parse(JSON.stringify(y).replaceAll('#/$defs/', '#/$defs/z')) }
        const defs = {
          ...leaf,
          x: JSON.parse(JSON.stringify(x).replaceAll('#/$defs/x', '#/$defs/y')),
          zx: true,
          zy: { type: 'object' },
        }
        const whole = { ...top, $defs: defs }
        const { verdict } = check(whole, given)
        if (verdict === FAILS) expect(issuesOf(whole, given).length).toBeGreaterThan(0)
        const theirs = verdictOfAjv(whole, given)
        fc.pre(theirs !== undefined)
        expect(verdict === FITS, JSON.stringify(whole)).toBe(theirs)
      }),
      { numRuns: 300 },
    )
  })

  it('reports each issue that Ajv reports', () => {
    const all = new Ajv2020({ ...options, allErrors: true })
    const simple = fc.record(
      { type, enum: fc.array(value, { minLength: 1 }), minLength: small, maximum: small },
      { requiredKeys: [] },
    )
    const nested = fc.record({
      properties: fc.dictionary(names, simple),
      required: fc.uniqueArray(names),
      items: simple,
    })
    const whole = fc.record({ properties: fc.dictionary(names, nested), required: fc.uniqueArray(names) })
    const args = fc.dictionary(names, value)
    fc.assert(
      fc.property(whole.map(parsed), args.map(parsed), (given, each) => {
        all.validate(given, each)
        const theirs = (all.errors ?? []).map(({ instancePath, keyword, message = '', params }) => {
          const missing: unknown = params.missingProperty
          return {
            pointer: typeof missing === 'string' ? `${instancePath}/${missing}` : instancePath,
            keyword,
            message,
          }
        })
        const ours = issuesOf(given, each).map((issue) => ({ ...issue, message: issue.message.replace(/: \[.*/s, '') }))
        expect(ours).toHaveLength(theirs.length)
        expect(ours).toEqual(expect.arrayContaining(theirs))
        all.removeSchema()
      }),
    )
  })

  // Of these Ajv makes code that does not run, or forgets what `contains` has evaluated.
  it.each<[JsonObject, JsonValue, Verdict]>([
    [{ properties: { a: true }, unevaluatedProperties: false }, { a: 1 }, FITS],
    [{ properties: { a: true }, unevaluatedProperties: false }, { b: 1 }, FAILS],
    [{ allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, { a: 1 }, FITS],
    [{ allOf: [{ unevaluatedProperties: false }], properties: { a: true } }, { a: 1 }, FAILS],
    [{ anyOf: [{ required: ['x'], properties: { a: true } }, true], unevaluatedProperties: false }, { a: 1 }, FAILS],
    [{ if: { properties: { a: { type: 'string' } } }, unevaluatedProperties: false }, { a: 1 }, FAILS],
    [{ not: { not: { properties: { a: true } } }, unevaluatedProperties: false }, { a: 1 }, FAILS],
    [{ patternProperties: { '^a': true }, unevaluatedProperties: { type: 'string' } }, { a: 1, b: 'x' }, FITS],
    [{ dependentSchemas: { a: { properties: { b: true } } }, unevaluatedProperties: false }, { b: 1 }, FAILS],
    [{ $ref: '#/$defs/d', $defs: { d: { additionalProperties: true } }, unevaluatedProperties: false }, { b: 1 }, FITS],
    [{ prefixItems: [true], unevaluatedItems: false }, [1], FITS],
    [{ prefixItems: [true], unevaluatedItems: false }, [1, 2], FAILS],
    [{ contains: { const: 2 }, unevaluatedItems: { const: 1 } }, [1, 2], FITS],
    [{ oneOf: [{ unevaluatedProperties: false }], not: true, const: {} }, {}, FAILS],
  ])('knows what was evaluated: %j of %j', (given, args, verdict) => {
    expect(check(given, args).verdict).toBe(verdict)
  })

  it('reads each dialect as that says', () => {
    const draft07 = { $schema: 'http://json-schema.org/draft-07/schema#' }
    const pair = { items: [{ type: 'string' }], additionalItems: false, dependencies: { a: ['b'] } }
    const odd = { unevaluatedProperties: false, dependentRequired: { a: ['b'] } }
    const old = new ajvDraft07.default(options)
    for (const given of [[1], ['x'], ['x', 'y'], { a: 1 }, { a: 1, b: 2 }]) {
      for (const each of [pair, odd]) {
        expect(check({ ...draft07, ...each }, given).verdict === FITS).toBe(old.validate(each, given))
      }
    }
    expect(check({ exclusiveMinimum: true, minimum: 1 }, 1).verdict).toBe(FAILS)
    const base = { $id: 'http://a/b', $defs: { c: { $id: 'c', $defs: { d: { $anchor: 'd', type: 'string' } } } } }
    for (const $ref of ['c#d', 'http://a/c#d', '#/$defs/c/$defs/d']) {
      expect(check({ ...base, $ref }, 1).verdict).toBe(FAILS)
      expect(check({ ...base, $ref }, 'x').verdict).toBe(FITS)
    }
  })
})

describe('what cannot be checked', () => {
  const outside = { $ref: 'http://example.com/a' }
  it.each<[JsonObject, JsonValue, Verdict]>([
    [outside, 1, UNKNOWN],
    [{ not: outside }, 1, UNKNOWN],
    [{ not: { anyOf: [outside, true] } }, 1, FAILS],
    [{ anyOf: [outside, { type: 'number' }] }, 1, FITS],
    [{ anyOf: [outside, { type: 'string' }] }, 1, UNKNOWN],
    [{ allOf: [outside, { type: 'string' }] }, 1, FAILS],
    [{ oneOf: [outside, true] }, 1, UNKNOWN],
    [{ oneOf: [outside, true, true] }, 1, FAILS],
    [{ if: outside, else: false }, 1, UNKNOWN],
    [{ contains: outside }, [1], UNKNOWN],
    [{ contains: outside, minContains: 2 }, [1], FAILS],
    [{ contains: outside, maxContains: 0 }, [1], UNKNOWN],
    [{ propertyNames: { pattern: '^(?!a)' } }, { b: 1 }, UNKNOWN],
    [{ patternProperties: { '^(?!a)': true }, additionalProperties: false }, { b: 1 }, UNKNOWN],
    [{ allOf: [outside], unevaluatedProperties: false }, { b: 1 }, UNKNOWN],
    [{ minLength: 'x', maxLength: 1 }, 'ab', FAILS],
    [{ type: 'any' }, 1, UNKNOWN],
  ])('is neither refused nor built on: %j', (given, args, verdict) => {
    const answer = check(given, args)
    expect(answer.verdict).toBe(verdict)
    if (verdict === UNKNOWN) expect(answer.unchecked).toBeDefined()
  })
})

describe('steps', () => {
  it('end a check that takes too many of them, and one that leads back to itself', () => {
    expect(() => check({ allOf: [{ $ref: '#' }, { $ref: '#' }] }, 1)).toThrow(OutOfSteps)
    expect(check({ $ref: '#' }, 1)).toMatchObject({ verdict: UNKNOWN, unchecked: expect.stringContaining('back to') })
  })

  it.each(['^(?!a)', '[', 'k*k{20}$'])('are taken by what goes unchecked too: %j', (pattern) => {
    const run = new CheckRun(new Steps(5_000))
    const members = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${'k'.repeat(60)}${n}`, 1]))
    const plan = planDocument({ patternProperties: { [pattern]: true } }, run.steps)
    expect(() => evaluate(plan, members, run)).toThrow(OutOfSteps)
    expect(run.unchecked).toContain(pattern)
  })

  it('of one owner are limited by time, of which a check may always take a little', () => {
    let now = 0
    const allowance = createStepAllowance(1_000, () => now)
    const use = (count: number) => {
      const steps = allowance.take()
      const used = Math.min(count, steps.left)
      steps.take(used)
      allowance.giveBack(steps)
      return used
    }
    expect(Array.from({ length: 7 }, () => use(1_000))).toEqual([...Array(5).fill(1_000), 10, 10])
    now += 100
    expect([use(1_000), use(1_000)]).toEqual([500, 10])
    // What is assured is not gathered.
    for (let count = 0; count < 1_000; count += 1) use(1)
    expect(use(1_000)).toBe(10)
    now += 60_000
    expect(use(1_000)).toBe(1_000)
  })
})

it('the size of a pattern is never less than half of what it is compiled to', async () => {
  const { RE2JS } = await import('re2js')
  const pattern = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', '[a-z]', '\\d', '.', '^', '\\p{L}', '[^\\]]'),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `${a}${b}`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie('any'), fc.constantFrom('{3}', '{2,5}', '{4,}', '*', '+?', '?'))
        .map(([a, times]) => `(${a})${times}`),
    ),
  })).any
  fc.assert(
    fc.property(pattern, (text) => {
      expect(2 * patternSize(text) + 6).toBeGreaterThanOrEqual(RE2JS.compile(text).programSize())
    }),
  )
})
