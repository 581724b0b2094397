import { describe, expect, it } from 'vitest'
import type { ServerRow } from '../live/feed-document.ts'
import { actionOf, needWords } from './authorization-status.ts'

type HttpRow = Extract<ServerRow, { readonly __typename: 'StreamableHttpMcpServer' }>
type OAuth = Extract<HttpRow['auth'], { readonly __typename: 'OAuthAuth' }>

const health: HttpRow['health'] = {
  checkedAt: null,
  latencyMs: null,
  consecutiveFailures: 1,
  lastError: { code: 'AUTH_REQUIRED', message: 'asks', retryable: false, authentication: 'OAUTH' },
}
const unauthorized: HttpRow = {
  __typename: 'StreamableHttpMcpServer',
  id: 'mcps_1',
  name: 'a',
  description: null,
  enabled: true,
  status: 'NEEDS_AUTH',
  transport: 'STREAMABLE_HTTP',
  labels: [],
  revision: 1,
  health,
  latestRefresh: null,
  tools: { totalCount: 0 },
  auth: null,
}
const oauth: OAuth = { __typename: 'OAuthAuth', grant: 'AUTHORIZATION_CODE', status: 'CONNECTED', requestedScopes: [] }
const withOAuth = (part: Partial<OAuth>, row: Partial<HttpRow> = {}): ServerRow => ({
  ...unauthorized,
  ...row,
  auth: { ...oauth, ...part },
})

describe('the action for a server in a list', () => {
  it.each([
    ['a server that asks for OAuth', unauthorized, 'Connect'],
    ['one that asks for a token', { ...unauthorized, health: { ...health, lastError: null } }, undefined],
    ['one that works', { ...unauthorized, status: 'READY' }, undefined],
    ['a disabled one', { ...unauthorized, enabled: false }, undefined],
    ['OAuth that was never connected', withOAuth({ status: 'NOT_CONNECTED' }), 'Connect'],
    [
      'OAuth that was not yet asked for',
      withOAuth({ status: 'NOT_CONNECTED' }, { status: 'NEVER_CONNECTED' }),
      undefined,
    ],
    ['OAuth whose browser is away', withOAuth({ status: 'AUTHORIZING' }), 'Connect again'],
    ['OAuth that was refused', withOAuth({ status: 'REAUTH_REQUIRED' }), 'Connect again'],
    ['OAuth that works', withOAuth({}, { status: 'READY' }), undefined],
    ['OAuth that is renewed', withOAuth({ status: 'EXPIRED' }, { status: 'READY' }), undefined],
    ['OAuth without scopes', withOAuth({ requestedScopes: ['b'] }, { status: 'READY' }), 'Grant more scopes'],
    ['OAuth without a browser', withOAuth({ grant: 'CLIENT_CREDENTIALS', status: 'REAUTH_REQUIRED' }), undefined],
  ] as const)('%s', (_, row: ServerRow, action) => {
    expect(actionOf(row)).toBe(action)
  })

  it('is explained in words', () => {
    expect(needWords(unauthorized, 'Connect')).toBe('requires authorization')
    expect(needWords(withOAuth({ status: 'REAUTH_REQUIRED' }), 'Connect again')).toBe('requires a new consent')
    expect(needWords(withOAuth({ status: 'AUTHORIZING' }), 'Connect again')).toBe('waits for your consent')
    expect(needWords(withOAuth({ requestedScopes: ['a', 'b'] }), 'Grant more scopes')).toBe('asks for more scopes: a b')
  })
})
