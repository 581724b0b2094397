import { describe, expect, it } from 'vitest'
import { findCause, registryErrorIn } from './causes.ts'
import { RegistryError } from './errors.ts'

const refusal = new RegistryError('URL_BLOCKED', 'no')

describe('the causes of an error', () => {
  it('are looked through for an error of our own', () => {
    expect(registryErrorIn(refusal)).toBe(refusal)
    expect(registryErrorIn(new Error('a', { cause: new Error('b', { cause: refusal }) }))).toBe(refusal)
    expect(registryErrorIn(new TypeError('fetch failed'))).toBeUndefined()
    expect(registryErrorIn('URL_BLOCKED')).toBeUndefined()
  })

  it('count by the first error of an AggregateError', () => {
    expect(registryErrorIn(new AggregateError([refusal, new Error('b')]))).toBe(refusal)
    expect(registryErrorIn(new AggregateError([new Error('b'), refusal]))).toBeUndefined()
    expect(registryErrorIn(new AggregateError([]))).toBeUndefined()
  })

  it('end, even if they lead in a circle', () => {
    const circle = new Error('a')
    circle.cause = circle
    let looks = 0
    findCause(circle, () => {
      looks += 1
    })
    expect(looks).toBe(8)
  })
})
