import { expect, it } from 'vitest'
import { expandTemplate, variablesOfTemplate } from './expand-template.ts'

const values = { var: 'value', hello: 'Hello World!', path: '/foo/bar', empty: '', x: '1024', y: '768', half: '50%' }

// The examples of RFC 6570, sections 1.2 and 3.2, whose values are texts.
it.each([
  ['{var}', 'value'],
  ['{hello}', 'Hello%20World%21'],
  ['{half}', '50%25'],
  ['O{empty}X', 'OX'],
  ['O{undef}X', 'OX'],
  ['{x,y}', '1024,768'],
  ['?{x,empty}', '?1024,'],
  ['{var:3}', 'val'],
  ['{var:30}', 'value'],
  ['{+var}', 'value'],
  ['{+hello}', 'Hello%20World!'],
  ['{+path}/here', '/foo/bar/here'],
  ['{+half}', '50%25'],
  ['{+path:6}/here', '/foo/b/here'],
  ['X{#var}', 'X#value'],
  ['X{#hello}', 'X#Hello%20World!'],
  ['{#x,hello,y}', '#1024,Hello%20World!,768'],
  ['X{.var}', 'X.value'],
  ['X{.x,y}', 'X.1024.768'],
  ['{/var,x}/here', '/value/1024/here'],
  ['{/var:1,var}', '/v/value'],
  ['{;x,y}', ';x=1024;y=768'],
  ['{;x,y,empty}', ';x=1024;y=768;empty'],
  ['{?x,y}', '?x=1024&y=768'],
  ['{?x,y,empty}', '?x=1024&y=768&empty='],
  ['?fixed=yes{&x}', '?fixed=yes&x=1024'],
  ['{?var:3}', '?var=val'],
])('%s is %s', (template, expanded) => {
  expect(expandTemplate(template, values)).toBe(expanded)
})

it('names the variables of a template, each once', () => {
  expect(variablesOfTemplate('file:///{+path}{?x,y*,path:3}/{}')).toEqual(['path', 'x', 'y'])
})

it('takes a lone surrogate, which no URI can contain', () => {
  expect(expandTemplate('{a}{+a}', { a: '\uD800' })).toBe('%EF%BF%BD%EF%BF%BD')
})
