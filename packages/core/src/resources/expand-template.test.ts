import { describe, expect, it } from 'vitest'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import { expandTemplate } from './expand-template.ts'

const meterOf = (uriBytes = 65_536) => createBudgetMeter(resolveBudgets({ uriBytes }))
const expand = (template: string, values: unknown) => expandTemplate(template, values, meterOf())

/** The variables of RFC 6570, section 3.2. */
const given: Readonly<Record<string, string | readonly string[] | Readonly<Record<string, string>> | null>> = {
  count: ['one', 'two', 'three'],
  dom: ['example', 'com'],
  hello: 'Hello World!',
  half: '50%',
  var: 'value',
  who: 'fred',
  base: 'http://example.com/home/',
  path: '/foo/bar',
  list: ['red', 'green', 'blue'],
  keys: { semi: ';', dot: '.', comma: ',' },
  v: '6',
  x: '1024',
  y: '768',
  empty: '',
  none: [],
  undef: null,
}

describe('a URI template', () => {
  it.each([
    // Level 1
    ['{var}', 'value', ['var']],
    ['{hello}', 'Hello%20World%21', ['hello']],
    ['O{empty}X', 'OX', ['empty']],
    ['O{undef}X', 'OX', ['undef']],
    // Level 2
    ['{+path}/here', '/foo/bar/here', ['path']],
    ['{+half}', '50%25', ['half']],
    ['{+base}index', 'http://example.com/home/index', ['base']],
    ['X{#hello}', 'X#Hello%20World!', ['hello']],
    // Level 3
    ['map?{x,y}', 'map?1024,768', ['x', 'y']],
    ['{+x,hello,y}', '1024,Hello%20World!,768', ['x', 'hello', 'y']],
    ['X{.x,y}', 'X.1024.768', ['x', 'y']],
    ['{/var,x}/here', '/value/1024/here', ['var', 'x']],
    ['{;x,y,empty}', ';x=1024;y=768;empty', ['x', 'y', 'empty']],
    ['{?x,y,empty}', '?x=1024&y=768&empty=', ['x', 'y', 'empty']],
    ['?fixed=yes{&x,undef}', '?fixed=yes&x=1024', ['x', 'undef']],
    // Level 4
    ['{var:3}', 'val', ['var']],
    ['{/var:1,var}', '/v/value', ['var']],
    ['{list}', 'red,green,blue', ['list']],
    ['{list*}', 'red,green,blue', ['list']],
    ['{keys}', 'semi,%3B,dot,.,comma,%2C', ['keys']],
    ['{+keys*}', 'semi=;,dot=.,comma=,', ['keys']],
    ['X{.list*}', 'X.red.green.blue', ['list']],
    ['{/list*,path:4}', '/red/green/blue/%2Ffoo', ['list', 'path']],
    ['{;list*}', ';list=red;list=green;list=blue', ['list']],
    ['{?list}', '?list=red,green,blue', ['list']],
    ['{?keys*}', '?semi=%3B&dot=.&comma=%2C', ['keys']],
    ['X{?none,none*}', 'X', ['none']],
  ])('%s expands to %s', (template, uri, names) => {
    const values = Object.fromEntries(names.map((name) => [name, given[name]]))
    expect(expand(template, values)).toBe(uri)
  })

  it('is expanded by characters, and by names that servers and JavaScript have', () => {
    expect(expand('x:{a:2}', { a: '😀😀😀' })).toBe(`x:${encodeURIComponent('😀😀')}`)
    expect(expand('x:{;m*}', { m: { a: '', b: '=' } })).toBe('x:;a;b=%3D')
    const odd = { 'user-id': 'u', constructor: 'c', __proto__: null, größe: 'g' }
    expect(expand('x:{user-id}/{constructor}/{größe}', odd)).toBe('x:u/c/g')
    expect(expand('x:{?Stra%C3%9Fe}', { 'Stra%C3%9Fe': 'a' })).toBe('x:?Stra%C3%9Fe=a')
    expect(expand('ä:{a}%', { a: '' })).toBe('%C3%A4:%25')
  })

  it.each([
    ['x:{a}', {}, ['values', 'a']],
    ['x:{a}', { a: 'x', b: 'x' }, ['values', 'b']],
    ['x:{a}', { a: 1 }, ['values', 'a']],
    ['x:{a}', { a: true }, ['values', 'a']],
    ['x:{a}', { a: ['x', null] }, ['values', 'a', '1']],
    ['x:{a}', { a: { k: { deep: 'x' } } }, ['values', 'a', 'k']],
    ['x:{a}', { a: '\ud800' }, ['values', 'a']],
    ['x:{a:3}', { a: ['x'] }, ['values', 'a']],
    ['x:{a}', [], ['values']],
    ['x:{a}', 'a', ['values']],
    ['x:{toString}', {}, ['values', 'toString']],
    ['{a}', { a: null }, ['values']],
    ['x:{a', {}, ['template']],
    ['x:a}', {}, ['template']],
    ['x:{}', {}, ['template']],
    ['x:{a,}', { a: 'x' }, ['template']],
    ['x:{=a}', { a: 'x' }, ['template']],
    ['x:{a:0}', { a: 'x' }, ['template']],
    ['x:{a%2Cb}', { 'a%2Cb': 'x' }, ['template']],
    ['x:{a%FF}', { 'a%FF': 'x' }, ['template']],
    ['x:\ud800', {}, ['template']],
  ])('%j with %j is refused at %j', (template, values, path) => {
    expect(() => expand(template, values)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path }))
  })

  it('that expands to more than uriBytes is refused before it is expanded', () => {
    const meter = meterOf(1_024)
    const refused = expect.objectContaining({ code: 'INVALID_INPUT', path: ['values'] })
    const values = { a: 'x'.repeat(1_000) }
    expect(expandTemplate('x:{a}', values, meter)).toHaveLength(1_002)
    // 64 KiB of it would take 20 million characters.
    expect(() => expandTemplate('{a}'.repeat(20_000), values, meter)).toThrow(refused)
    expect(() => expandTemplate(`{${'a,'.repeat(20_000)}a}`, values, meter)).toThrow(refused)
    // Three bytes of it for each character.
    expect(() => expandTemplate('x:{a}', { a: 'ä'.repeat(500) }, meter)).toThrow(refused)
    expect(meter.refusals.uriBytes).toBe(3)
  })

  it('of thousands of expressions is expanded at once', () => {
    const names = Array.from({ length: 8_000 }, (_, n) => `v${n}`)
    const values = Object.fromEntries(names.map((name) => [name, 'x']))
    expect(expand(names.map((name) => `{${name}}`).join(''), values)).toBe('x'.repeat(8_000))
    expect(() => expand('{'.repeat(60_000), {})).toThrow(expect.objectContaining({ path: ['template'] }))
  })
})
