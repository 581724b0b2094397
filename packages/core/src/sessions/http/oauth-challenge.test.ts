import { expect, it } from 'vitest'
import { oauthChallengeOf, scopesAskedFor } from './oauth-challenge.ts'

it.each([
  ['Bearer resource_metadata="https://a.example/meta"', []],
  ['Bearer error="invalid_token", scope="a b a", resource_metadata="https://a.example/meta"', ['a', 'b']],
  ['Basic realm="x", Bearer Resource_Metadata = "https://a.example/meta", Scope=one', ['one']],
  ['DPoP algs="ES256", scope="say \\"hi\\" there", resource_metadata=https://a.example/meta', ['say', 'there']],
])('%s names OAuth', (challenge, scopes) => {
  expect(oauthChallengeOf(['Negotiate', challenge])).toEqual({ scopes })
  expect(scopesAskedFor(['Negotiate', challenge])).toEqual(scopes)
})

it.each([
  'Bearer',
  'Basic realm="resource_metadata=x"',
  'Basic realm="a \\", resource_metadata=x"',
  'Bearer x-resource_metadata="x"',
  'Negotiate cmVzb3VyY2VfbWV0YWRhdGE9',
  '',
])('%s does not', (challenge) => {
  expect(oauthChallengeOf([challenge])).toBeUndefined()
})

it('what is no scope, and what is too long or too much, is left out', () => {
  const many = Array.from({ length: 60 }, (_, n) => `s${n}`)
  expect(scopesAskedFor([`Bearer scope="${many.join(' ')}"`])).toEqual(many.slice(0, 50))
  expect(scopesAskedFor([`Bearer scope="fine ä ${'x'.repeat(201)}"`])).toEqual(['fine'])
})
