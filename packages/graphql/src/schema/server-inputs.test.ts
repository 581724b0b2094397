import { describe, expect, it } from 'vitest'
import { toCallerContext, toConfig, toConfigPath } from './server-inputs.ts'

const secret = (name: string) => ({ name, value: { literal: 'x' } })
const stdio = { stdio: { command: 'x', args: ['1'], env: [secret('A'), secret('B')] } }
const sse = { sse: { serverUrl: 'http://a', customHeaders: [secret('a'), secret('b')] } }

describe('toConfigPath', () => {
  it.each([
    ['name', stdio, 'name'],
    ['config.command', stdio, 'config.stdio.command'],
    ['config.args.0', stdio, 'config.stdio.args.0'],
    ['config.env.B', stdio, 'config.stdio.env.1'],
    ['config.serverUrl', sse, 'config.sse.serverUrl'],
    ['config.customHeaders.b', sse, 'config.sse.customHeaders.1'],
    ['config.auth.token', sse, 'config.sse.auth.header.token.literal'],
    ['config.auth.header', sse, 'config.sse.auth.header.header'],
    ['config.auth.oauth.scopes.1', sse, 'config.sse.auth.oauth.scopes.1'],
    ['config.auth.oauth.idp.idToken.literal', sse, 'config.sse.auth.oauth.idp.idToken.literal'],
    ['config.config.auth.oauth.issuer', { replace: sse }, 'config.replace.sse.auth.oauth.issuer'],
    ['config.setHeaders.b', { sse: { setHeaders: [secret('a'), secret('b')] } }, 'config.sse.setHeaders.1'],
    ['config.unsetHeaders.1', { sse: { unsetHeaders: ['a', 'b'] } }, 'config.sse.unsetHeaders.1'],
    ['config.sse', sse, 'config.sse'],
    ['config.config.env.A', { replace: stdio }, 'config.replace.stdio.env.0'],
  ])('turns %s into the place in the mutation', (path, config, expected) => {
    expect(toConfigPath(path.split('.'), config).join('.')).toBe(expected)
  })
})

describe('a list of names and values', () => {
  it('becomes a record of its own members, whatever their names', () => {
    const config = toConfig({ stdio: { command: 'x', args: [], env: [secret('__proto__')] } })
    expect(config.transport === 'stdio' && Object.keys(config.env ?? {})).toEqual(['__proto__'])
  })

  it.each([
    [
      'variables',
      () =>
        toCallerContext({
          variables: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        }),
      'variables.1.name',
    ],
    ['env', () => toConfig({ stdio: { ...stdio.stdio, env: [secret('A'), secret('A')] } }), 'config.stdio.env.1.name'],
  ])('is refused where a name of %s comes twice', (_, convert, path) => {
    expect(convert).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path: path.split('.') }))
  })
})
