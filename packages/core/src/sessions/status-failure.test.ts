import { expect, it } from 'vitest'
import type { HttpConfig } from '../model/server.ts'
import type { HttpStatusDetails } from './http/http-errors.ts'
import { statusFailure } from './status-failure.ts'

const config: HttpConfig = { transport: 'streamableHttp', serverUrl: 'http://127.0.0.1/mcp', auth: null, headers: [] }
const secret = { source: 'ENV', name: 'TOKEN' } as const
const oauth = ['Bearer resource_metadata="http://127.0.0.1/meta"']

const failure = (details: Partial<HttpStatusDetails>, given: HttpConfig = config) =>
  statusFailure({ status: 401, hadSession: false, ...details }, 'the server', given)

it('a server without credentials that names OAuth is to be connected', () => {
  expect(failure({ challenges: oauth })).toEqual({
    code: 'AUTH_REQUIRED',
    message: 'the server asks for authorization by OAuth (HTTP 401); connect it first',
    retryable: false,
    details: { httpStatus: 401, authentication: 'OAUTH' },
  })
})

it.each([
  ['names no OAuth', { challenges: ['Basic realm="resource_metadata=x"'] }, config],
  ['sends no challenge', {}, config],
  ['forbids', { status: 403, challenges: oauth }, config],
  [
    'has a token',
    { challenges: oauth },
    { ...config, auth: { type: 'HEADER' as const, header: 'X-Key', token: secret } },
  ],
  ['has a header', { challenges: oauth }, { ...config, headers: [{ name: 'Authorization', value: secret }] }],
])('the credentials are to be checked if the server %s', (_, details, given) => {
  const { message, details: shown } = failure(details, given)
  expect(message).toContain("check the server's auth header and token")
  expect(shown).toEqual({ httpStatus: 'status' in details ? details.status : 401 })
})

it.each([
  [401, 'its access token'],
  [403, 'what its access token allows'],
])('an authorized server that answers %s is to be connected anew', (status, what) => {
  const { message, details } = failure({ status, isAuthorized: true, challenges: ['Bearer scope="a b"'] })
  expect(message).toBe(`the server refuses ${what} (HTTP ${status}); connect it anew by OAuth`)
  expect(details).toEqual({ httpStatus: status, authentication: 'OAUTH', scopes: ['a', 'b'] })
})
