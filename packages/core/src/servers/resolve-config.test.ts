import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configFingerprint, requiredVariables, resolveConfig } from './resolve-config.ts'
import type { HttpConfig, StdioConfig } from './server.ts'

const stdio = (args: readonly string[]): StdioConfig => ({ transport: 'stdio', command: 'x', args, env: [], cwd: null })
const http: HttpConfig = {
  transport: 'sse',
  serverUrl: 'http://a/',
  auth: { header: 'Authorization', token: '{{ TOKEN }}' },
  headers: [{ name: 'X-A', value: '{{A|x}}-{{ B | }}' }],
}

describe('templates', () => {
  it('without a default are required, each named once', () => {
    expect(requiredVariables(stdio(['{{ A }}{{A}}', '{{ B | b }}', '{{C.d-e}}']))).toEqual(['A', 'C.d-e'])
    expect(() => resolveConfig(http, {})).toThrow('needs a value for {{ TOKEN }}')
  })

  it('are filled from variables or their default, and values are not filled again', () => {
    const resolved = resolveConfig(stdio(['{{ A }} {{ B | b c }} {{ constructor | none }}']), {
      variables: { A: '{{ B }}' },
    })
    expect(resolved).toMatchObject({ args: ['{{ B }} b c none'] })
  })

  it('leave every other text as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('{{'))
        expect(resolveConfig(stdio([text]), {})).toMatchObject({ args: [text] })
      }),
    )
  })

  it('make no header that HTTP forbids, and the message does not quote it', () => {
    const inject = () => resolveConfig(http, { variables: { TOKEN: 'secret\r\nX-Evil: 1' } })
    expect(inject).toThrow('The header Authorization would get a value that HTTP forbids')
    expect(inject).not.toThrow('secret')
  })
})

describe('the token', () => {
  it.each([
    ['abc', 'Bearer abc'],
    ['Bearer abc', 'Bearer abc'],
    ['Basic dXNlcg==', 'Basic dXNlcg=='],
  ])('%s is sent as %s', (token, value) => {
    expect(resolveConfig({ ...http, auth: { header: 'authorization', token } }, {})).toMatchObject({
      headers: [{}, { name: 'authorization', value }],
    })
  })

  it('in a header of its own is sent as it is', () => {
    expect(resolveConfig({ ...http, auth: { header: 'X-Key', token: 'abc' } }, {})).toMatchObject({
      headers: [{}, { value: 'abc' }],
    })
  })
})

describe('the fingerprint', () => {
  it('does not change with a secret, and does with anything else', () => {
    const print = configFingerprint(http)
    expect(configFingerprint({ ...http, auth: { header: 'Authorization', token: 'other' } })).toBe(print)
    expect(configFingerprint({ ...http, headers: [{ name: 'X-A', value: 'other' }] })).toBe(print)
    expect(configFingerprint({ ...http, serverUrl: 'http://b/' })).not.toBe(print)
    expect(configFingerprint({ ...http, headers: [{ name: 'X-B', value: 'other' }] })).not.toBe(print)
  })
})
