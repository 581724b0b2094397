import fc from 'fast-check'
import { expect, it } from 'vitest'
import { authorizationChallenge, parseChallenges } from './oauth-challenge.ts'

const none = { resourceMetadataUrl: undefined, scope: undefined, error: undefined }
const metadata = 'https://a.example/meta'

it.each([
  [`Bearer resource_metadata="${metadata}"`, { resourceMetadataUrl: metadata }],
  [
    `Bearer error="invalid_token", scope="a b a", resource_metadata="${metadata}"`,
    { scope: 'a b a', error: 'invalid_token' },
  ],
  [`Basic realm="x", Bearer Resource_Metadata = "${metadata}", Scope=one`, { scope: 'one' }],
  [`Negotiate cmVzb3VyY2U=, Bearer resource_metadata="${metadata}"`, { resourceMetadataUrl: metadata }],
  [
    `, ,Bearer ,scope="a",, DPoP algs="ES256", resource_metadata="${metadata}"`,
    { resourceMetadataUrl: metadata, scope: 'a' },
  ],
  [
    'DPoP algs="ES256", scope="say \\"hi\\" there", resource_metadata=https://a.example/meta',
    { scope: 'say "hi" there' },
  ],
  ['Bearer scope="first", scope="second"', { scope: 'first' }],
])('%s', (challenge, expected) => {
  expect(authorizationChallenge(['Negotiate', challenge])).toMatchObject(expected)
})

it.each([
  '',
  'Bearer',
  'resource_metadata="x"',
  'Basic realm="resource_metadata=x", scope="not ours"',
  'Basic realm="a \\", Bearer resource_metadata=x"',
  'Bearer x-resource_metadata="x"',
  'Negotiate cmVzb3VyY2VfbWV0YWRhdGE9',
])('%s names nothing', (challenge) => {
  expect(authorizationChallenge([challenge])).toEqual(none)
})

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)
const value = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', ',', '=', 'Z', '9'), maxLength: 12 })
const challenge = fc.record({
  scheme: token,
  parameters: fc.uniqueArray(fc.tuple(token, value), {
    minLength: 1,
    maxLength: 4,
    selector: ([name]) => name.toLowerCase(),
  }),
})
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`

it('what is written by the grammar is read as it was', () => {
  fc.assert(
    fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
      const header = challenges
        .map(
          ({ scheme, parameters }) =>
            `${scheme} ${parameters.map(([name, text]) => `${name}=${quoted(text)}`).join(', ')}`,
        )
        .join(', ')
      const read = parseChallenges([header])
      expect(read.map(({ scheme, parameters }) => [scheme, [...parameters]])).toEqual(
        challenges.map(({ scheme, parameters }) => [
          scheme.toLowerCase(),
          parameters.map(([name, text]) => [name.toLowerCase(), text]),
        ]),
      )
    }),
  )
})

it('any text is read to an end', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void parseChallenges([text])))
  const begunAt = performance.now()
  for (const text of ['"'.repeat(100_000), 'a='.repeat(50_000), 'a '.repeat(50_000), `a="${'\\'.repeat(100_000)}`]) {
    parseChallenges([text])
  }
  expect(performance.now() - begunAt).toBeLessThan(2_000)
})
