import { parseOrigin } from '@toolyard/graphql/internal/origin'
import { describe, expect, it } from 'vitest'
import { isOwnRequest } from './origin.ts'

const loopback = { anyHost: false, allowedOrigins: new Set<string>() }
const reachable = { anyHost: true, allowedOrigins: new Set(['https://app.example', 'http://b.example:8080']) }
const proxied = { ...reachable, anyHost: false }
const headersOf = (host: string, origin: string | undefined) => ({ host, ...(origin ? { origin } : {}) })

describe('a request is taken', () => {
  it.each([
    ['localhost:4000', undefined],
    ['127.0.0.1:4000', undefined],
    ['127.8.8.8', undefined],
    ['[::1]:4000', undefined],
    ['localhost:4000', 'http://localhost:4000'],
  ])('for host %s and origin %s', (host, origin) => {
    for (const rules of [loopback, reachable, proxied]) expect(isOwnRequest(headersOf(host, origin), rules)).toBe(true)
  })

  it.each([
    ['tools.example', undefined],
    ['tools.example', 'https://tools.example'],
    ['tools.example:443', 'https://app.example'],
    ['10.0.0.1:4000', 'http://10.0.0.1:4000'],
    ['10.0.0.1:4000', 'http://b.example:8080'],
  ])('where any host may be named, for host %s and origin %s', (host, origin) => {
    expect(isOwnRequest(headersOf(host, origin), reachable)).toBe(true)
    expect(isOwnRequest(headersOf(host, origin), loopback)).toBe(false)
  })

  it('for the host of an allowed origin, behind a proxy on this machine', () => {
    expect(isOwnRequest({ host: 'app.example' }, proxied)).toBe(true)
    expect(isOwnRequest({ host: 'app.example', origin: 'https://app.example' }, proxied)).toBe(true)
    expect(isOwnRequest({ host: 'evil.example' }, proxied)).toBe(false)
  })
})

describe('a request is refused', () => {
  it.each([
    ['evil.example', undefined],
    ['localhost.evil.example', undefined],
    ['127.0.0.1.evil.example', undefined],
    ['10.0.0.1', undefined],
    ['evil.example', 'http://evil.example'],
  ])('on a loopback address for host %s and origin %s', (host, origin) => {
    expect(isOwnRequest(headersOf(host, origin), loopback)).toBe(false)
    expect(isOwnRequest(headersOf(host, origin), proxied)).toBe(false)
  })

  it.each([
    ['localhost:4000', 'http://localhost:4001'],
    ['localhost:4000', 'http://evil.example'],
    ['localhost:4000', 'null'],
    ['localhost:4000', 'file://'],
    ['localhost:4000', 'http://localhost:4000@evil.example'],
    ['localhost:4000', 'http://localhost:4000, http://evil.example'],
    ['localhost:4000', 'chrome-extension://localhost:4000'],
    ['tools.example', 'https://app.example.evil.example'],
    ['tools.example', 'http://app.example'],
    ['tools.example', 'https://app.example:8443'],
    ['tools.example', 'HTTPS://APP.EXAMPLE'],
    ['', undefined],
    ['localhost:4000/x', undefined],
    ['evil@localhost', undefined],
    ['localhost:99999', undefined],
  ])('anywhere for host %s and origin %s', (host, origin) => {
    for (const rules of [loopback, reachable, proxied]) expect(isOwnRequest(headersOf(host, origin), rules)).toBe(false)
  })

  it('without a host', () => {
    for (const rules of [loopback, reachable, proxied]) expect(isOwnRequest({}, rules)).toBe(false)
  })
})

it.each([
  ['https://app.example', 'https://app.example'],
  ['https://APP.example:443/', 'https://app.example'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
  ['*', undefined],
  ['null', undefined],
  ['app.example', undefined],
  ['https://app.example/path', undefined],
  ['https://user@app.example', undefined],
  ['ftp://app.example', undefined],
  ['https://*.example', undefined],
])('the origin of %s is %s', (text, origin) => expect(parseOrigin(text)).toBe(origin))
