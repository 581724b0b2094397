import { describe, expect, it } from 'vitest'
import { isOwnRequest } from './origin.ts'

describe('a request is taken', () => {
  it.each([
    ['localhost:4000', undefined],
    ['127.0.0.1:4000', undefined],
    ['127.8.8.8', undefined],
    ['[::1]:4000', undefined],
    ['localhost:4000', 'http://localhost:4000'],
  ])('for host %s and origin %s', (host, origin) => {
    expect(isOwnRequest({ host, ...(origin ? { origin } : {}) })).toBe(true)
  })
})

describe('a request is refused', () => {
  it.each([
    ['evil.example', undefined],
    ['localhost.evil.example', undefined],
    ['127.0.0.1.evil.example', undefined],
    ['10.0.0.1', undefined],
    ['localhost:4000', 'http://localhost:4001'],
    ['localhost:4000', 'http://evil.example'],
    ['localhost:4000', 'null'],
    ['', undefined],
  ])('for host %s and origin %s', (host, origin) => {
    expect(isOwnRequest({ host, ...(origin ? { origin } : {}) })).toBe(false)
  })
  it('without a host', () => expect(isOwnRequest({})).toBe(false))
})
