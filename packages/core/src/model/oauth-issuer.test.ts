import { expect, it } from 'vitest'
import { namesIssuer } from './oauth-issuer.ts'

it.each([
  ['https://auth.example', 'https://auth.example', true],
  ['https://auth.example/', 'https://auth.example', true],
  ['https://auth.example/tenant/', 'https://auth.example/tenant', true],
  ['https://auth.example', 'https://auth.example/', false],
  ['https://auth.example//', 'https://auth.example', false],
  ['https://AUTH.example', 'https://auth.example', false],
  ['https://auth.example:443', 'https://auth.example', false],
  ['https://auth.example/Tenant', 'https://auth.example/tenant', false],
  ['http://auth.example', 'https://auth.example', false],
])('%s names the issuer %s: %s', (name, issuer, isNamed) => {
  expect(namesIssuer(name, issuer)).toBe(isNamed)
})
