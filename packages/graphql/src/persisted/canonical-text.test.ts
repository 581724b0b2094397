import fc from 'fast-check'
import { parse, print } from 'graphql'
import { describe, expect, it } from 'vitest'
import { canonicalText } from './canonical-text.ts'

interface Field {
  readonly kind: 'FIELD'
  readonly alias: string
  readonly name: string
  readonly args: readonly (readonly [string, string])[]
  readonly directive: string
  readonly selections: readonly Selection[]
}
interface Fragment {
  /** Only the first has selections. */
  readonly kind: 'INLINE' | 'SPREAD'
  readonly name: string
  readonly directive: string
  readonly selections: readonly Selection[]
}
type Selection = Field | Fragment

const name = fc.constantFrom('a', 'b', 'c', 'typename', '_')
const value = fc.oneof(
  fc.constantFrom('1', '1.0', '-2e3', 'true', 'null', 'RED', '$v', '[1, 2]', '{ k: "#" }', '"""block"""'),
  fc.string().map((text) => JSON.stringify(text)),
)
const directive = fc.constantFrom('', '', '', '@skip(if: $v)', '@include(if: true)')
/** With at most `depth` more in one another. */
function selectionsOf(depth: number): fc.Arbitrary<readonly Selection[]> {
  const below = depth === 0 ? fc.constant([]) : fc.oneof(fc.constant([]), selectionsOf(depth - 1))
  const field = fc.record({
    kind: fc.constant('FIELD' as const),
    alias: fc.constantFrom('', '', 'x', '__typename'),
    name: fc.oneof(name, fc.constant('__typename')),
    args: fc.array(fc.tuple(name, value), { maxLength: 2 }),
    directive,
    selections: below,
  })
  const spread = fc.record({ kind: fc.constant('SPREAD' as const), name, directive, selections: fc.constant([]) })
  const inline = (inside: fc.Arbitrary<readonly Selection[]>) =>
    fc.record({ kind: fc.constant('INLINE' as const), name, directive, selections: inside })
  const one = depth === 0 ? fc.oneof(field, spread) : fc.oneof(field, spread, inline(selectionsOf(depth - 1)))
  return fc.array(one, { minLength: 1, maxLength: 3 })
}
const selections = selectionsOf(3)
const definitions = fc
  .tuple(selections, fc.uniqueArray(fc.tuple(name, selections), { maxLength: 3, selector: ([each]) => each }))
  .map(([operation, fragments]) => [
    { head: ['query', 'Q', '(', '$v', ':', 'Boolean', ')'], selections: operation },
    ...fragments.map(([each, of]) => ({ head: ['fragment', each, 'on', 'T'], selections: of })),
  ])
type Definitions = readonly { readonly head: readonly string[]; readonly selections: readonly Selection[] }[]

/** What a rendering may do as it likes: numbers from 0 to 99, again and again. */
type Whim = () => number
const whims = fc.array(fc.nat(99), { minLength: 7, maxLength: 60 }).map((numbers) => () => {
  let at = 0
  return (): number => numbers[at++ % numbers.length] ?? 0
})
const plain: Whim = () => 99

function tokensOf(selection: Selection, whim: Whim): readonly string[] {
  const directives = selection.directive === '' ? [] : [selection.directive]
  const below = selection.selections.length > 0 ? setOf(selection.selections, whim) : []
  if (selection.kind !== 'FIELD') {
    const on = selection.kind === 'INLINE' ? ['on'] : []
    return ['...', ...on, selection.name, ...directives, ...below]
  }
  const args = selection.args.flatMap(([key, given]) => [key, ':', given])
  const alias = selection.alias === '' ? [] : [selection.alias, ':']
  return [...alias, selection.name, ...(args.length > 0 ? ['(', ...args, ')'] : []), ...directives, ...below]
}

/** With a `__typename` more at either end, as it happens. */
function setOf(list: readonly Selection[], whim: Whim): readonly string[] {
  const before = whim() < 20 ? ['__typename'] : []
  const after = whim() < 20 ? ['__typename'] : []
  return ['{', ...before, ...list.flatMap((each) => tokensOf(each, whim)), ...after, '}']
}

const separators = ['\n', '  ', ',', ' # "a" } comment\n', '\r\n\t', '\uFEFF ']

function render(document: Definitions, whim: Whim = plain): string {
  const from = whim === plain ? 0 : whim() % document.length
  return [...document.slice(from), ...document.slice(0, from)]
    .flatMap(({ head, selections: list }) => [...head, ...setOf(list, whim)])
    .map((token) => token + (separators[whim() % 10] ?? ' '))
    .join('')
}

const canonical = (text: string) => canonicalText(parse(text))
const field = (extra: Partial<Field> = {}): Field => ({
  kind: 'FIELD',
  alias: '',
  name: 'another',
  args: [],
  directive: '',
  selections: [],
  ...extra,
})

/** The document with a change somewhere in its selections: `where` says how many of them to pass by. */
function changed(document: Definitions, where: number, change: (selection: Selection) => readonly Selection[]) {
  let left = where
  const walk = (list: readonly Selection[]): readonly Selection[] =>
    list.flatMap((each) => {
      if (each.kind !== 'SPREAD' && each.selections.length > 0 && left > 0) {
        left -= 1
        return [{ ...each, selections: walk(each.selections) }]
      }
      if (left < 0) return [each]
      left = -1
      return change(each)
    })
  return document.map((definition) => ({ ...definition, selections: walk(definition.selections) }))
}

const differences: readonly (readonly [string, (selection: Selection) => readonly Selection[]])[] = [
  ['another field', (each) => [each, field()]],
  ['another argument', (each) => [each.kind === 'FIELD' ? { ...each, args: [...each.args, ['more', '1']] } : field()]],
  ['another alias', (each) => [each.kind === 'FIELD' ? { ...each, alias: 'other' } : field()]],
  ['another directive', (each) => [{ ...each, directive: `${each.directive} @more` }]],
  ['__typename under an alias', (each) => [each, field({ name: '__typename', alias: 'other' })]],
  ['__typename with a directive', (each) => [each, field({ name: '__typename', directive: '@more' })]],
]

describe('the canonical text of a document', () => {
  it('is the same whatever its whitespace, comments, order of definitions and added __typename', () => {
    fc.assert(
      fc.property(definitions, whims, (document, start) => {
        const text = canonical(render(document))
        expect(canonical(render(document, start()))).toBe(text)
        expect(canonical(print(parse(render(document))))).toBe(text)
        expect(canonical(text)).toBe(text)
      }),
    )
  })

  it.each(differences)('is another one for %s', (_, change) => {
    fc.assert(
      fc.property(definitions, fc.nat(5), (document, where) => {
        expect(canonical(render(changed(document, where, change)))).not.toBe(canonical(render(document)))
      }),
    )
  })

  it('keeps a __typename that stands alone', () => {
    expect(canonical('{ __typename }')).toBe('{\n  __typename\n}')
    expect(canonical('{ __typename __typename }')).toBe(canonical('{ __typename }'))
    expect(canonical('{ a { __typename } }')).not.toBe(canonical('{ a }'))
  })

  it('is the same for a string in either notation, and another one for another string', () => {
    expect(canonical('{ a(b: """x""") }')).toBe(canonical('{ a(b: "x") }'))
    expect(canonical('{ a(b: "x") }')).not.toBe(canonical('{ a(b: "x ") }'))
  })

  it.each([
    ['{ a }', 'mutation { a }'],
    ['query A { a }', 'query B { a }'],
    ['query ($a: Int) { a }', 'query ($a: Int = 1) { a }'],
    ['{ a b }', '{ b a }'],
    ['query A { a } query B { b }', 'query A { a }'],
    ['{ ...F } fragment F on T { a }', '{ ...F } fragment F on U { a }'],
  ])('of %s is not that of %s', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other))
  })
})
