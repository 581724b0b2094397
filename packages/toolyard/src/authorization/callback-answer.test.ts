import { expect, it } from 'vitest'
import { pastedAnswer } from './callback-answer.ts'

const state = 'a-state'

it.each([
  ['http://127.0.0.1:33418/callback?code=c&state=a-state&iss=https%3A%2F%2Fas', { code: 'c', iss: 'https://as' }],
  ['  https://app.example/back?state=a-state&code=c%2Bd  ', { code: 'c+d' }],
  ['?code=c&state=a-state', { code: 'c' }],
  ['code=c&state=a-state', { code: 'c' }],
  ['/callback?error=access_denied&state=a-state', { error: 'access_denied' }],
  ['code_4-x.y', { code: 'code_4-x.y' }],
])('the pasted text %s is an answer', (text, answer) => {
  expect(pastedAnswer(text, state)).toEqual({ state, ...answer })
})

it.each([
  'http://127.0.0.1:33418/callback?code=c&state=another',
  'http://127.0.0.1:33418/callback?code=c',
  'https://',
  'code=c&state=another',
  'two words',
  '',
  'c'.repeat(4_097),
])('the pasted text %s is not an answer', (text) => {
  expect(pastedAnswer(text, state)).toBeUndefined()
})
