import { format, inspect } from 'node:util'
import { expect, it } from 'vitest'
import { Sealed, Secret } from './secret.ts'
import { fromStoredSecret, hintOf, plaintextLiteral, toStoredSecret } from './secret-value.ts'

it.each([new Secret('marker'), new Sealed('marker')])(
  'a secret is printed as [sealed], however it is printed',
  (secret) => {
    const error = new Error(`of ${secret}`, { cause: secret })
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9, customInspect: true }),
      format('%s %o %O %j', secret, secret, secret, secret),
      inspect(error),
      Object.values(secret).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
      JSON.stringify(structuredClone({ ...secret })),
    ]
    for (const text of printed) expect(text).not.toContain('marker')
    expect(printed.slice(0, 3)).toEqual(['[sealed]', '[sealed]', '{"secret":"[sealed]"}'])
  },
)

it('no storage accepts a plaintext secret, and stored secrets come back', () => {
  expect(() => toStoredSecret(plaintextLiteral('marker'))).toThrow('A plaintext secret reached the storage')
  const values = [
    { source: 'LITERAL', sealed: new Sealed('v1.a.b'), variables: [{ name: 'A', isRequired: true }], hint: null },
    { source: 'LITERAL', sealed: new Sealed('v1.a.b'), variables: [], hint: 'abcd' },
    { source: 'ENV', name: '__proto__' },
    { source: 'PROVIDER', reference: 'a/b#c' },
  ] as const
  for (const value of values) {
    const back = fromStoredSecret(JSON.parse(JSON.stringify(toStoredSecret(value))))
    expect(back).toEqual(value)
    expect(toStoredSecret(back)).toEqual(toStoredSecret(value))
  }
})

it('only a long literal without templates has a hint', () => {
  expect(hintOf('sk-0123456789abcdefXYZW', [])).toBe('XYZW')
  expect(hintOf('0123456789abcdef123', [])).toBeNull()
  expect(hintOf('0123456789abcdefghij{{ A }}', [{ name: 'A', isRequired: true }])).toBeNull()
  expect(hintOf('0123456789abcdefghi\u{1f600}', [])).toBeNull()
})
