import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { qualifiedName } from './qualified-name.ts'

describe('a qualified name', () => {
  it('is readable where the names allow it', () => {
    expect(qualifiedName('github', 'create_issue')).toBe('github__create_issue')
    expect(qualifiedName('1password', 'get')).toMatch(/^_1password__get__[0-9a-f]{12}$/)
  })

  it('always fits model APIs, and never stands for two tools', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.stringMatching(/^[a1_-]{1,6}$/),
      fc.stringMatching(/^[a-z_-]{50,80}$/),
    )
    fc.assert(
      fc.property(name, name, name, name, (serverA, toolA, serverB, toolB) => {
        const [a, b] = [qualifiedName(serverA, toolA), qualifiedName(serverB, toolB)]
        for (const each of [a, b]) expect(each).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/)
        expect(a === b).toBe(serverA === serverB && toolA === toolB)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['a__b', 'c', 'a', 'b__c'],
    ['a_', 'b', 'a', '_b'],
    ['a b', 'c', 'a_b', 'c'],
  ])('tells %s/%s from %s/%s', (serverA, toolA, serverB, toolB) => {
    expect(qualifiedName(serverA, toolA)).not.toBe(qualifiedName(serverB, toolB))
  })
})
