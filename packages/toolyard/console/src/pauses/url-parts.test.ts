import { expect, it } from 'vitest'
import { urlParts } from './url-parts.ts'

it.each([
  ['https://login.example/x?y=1#z', 'https://', 'login.example', '/x?y=1#z'],
  ['HTTP://Login.Example:8080', 'http://', 'login.example:8080', '/'],
  ['https://a.example/https://bank.example', 'https://', 'a.example', '/https://bank.example'],
  ['https://bаnk.example/', 'https://', 'xn--bnk-6cd.example', '/'],
  ['https:\\\\a.example\\x', 'https://', 'a.example', '/x'],
  ['https://[::1]:3000/x', 'https://', '[::1]:3000', '/x'],
])('%s leads to its host', (text, scheme, host, rest) => {
  expect(urlParts(text)).toEqual({ href: `${scheme}${host}${rest}`, scheme, host, rest })
})

it.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'https://bank.example@a.example/',
  'https://user:secret@a.example/',
  'https://',
  '/a/path',
  'text',
  '',
])('%s is no address to send a person to', (text) => {
  expect(urlParts(text)).toBeUndefined()
})
