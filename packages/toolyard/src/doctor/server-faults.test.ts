import { describe, expect, it } from 'vitest'
import type { ServerFields } from '../queries/documents.ts'
import type { OAuthFields } from '../queries/oauth-fields.ts'
import type { PreviewResult } from '../queries/refresh-preview.ts'
import { checkFault } from './server-faults.ts'

type McpFault = Extract<PreviewResult, { readonly __typename: 'McpError' }>
type StdioFields = Extract<ServerFields, { readonly __typename: 'StdioMcpServer' }>
type HttpFields = Extract<ServerFields, { readonly __typename: 'StreamableHttpMcpServer' }>

const base = {
  id: 'mcps_1',
  name: 'one',
  description: null,
  enabled: true,
  status: 'ERROR',
  health: { checkedAt: null, latencyMs: null, consecutiveFailures: 0, lastError: null },
  protocolEra: null,
  protocolEraPolicy: 'AUTO',
  protocolVersion: null,
  serverInfo: null,
  timeouts: { connectMs: 1, requestMs: 1, maxTotalMs: 1 },
  refreshIntervalMs: null,
  toolChangePolicy: 'ACCEPT',
  approvalPolicy: 'NEVER',
  inputPolicy: 'PAUSE',
  revision: 1,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  tools: { totalCount: 0 },
} as const
const stdio: StdioFields = {
  __typename: 'StdioMcpServer',
  ...base,
  labels: [],
  transport: 'STDIO',
  command: 'npx',
  args: ['-y', 'server'],
  cwd: null,
  env: [],
}
const http: HttpFields = {
  __typename: 'StreamableHttpMcpServer',
  ...base,
  labels: [],
  transport: 'STREAMABLE_HTTP',
  serverUrl: 'https://mcp.example/mcp?token=a-secret',
  auth: null,
  customHeaders: [],
}
const byOAuth = (status: OAuthFields['status'], grant: OAuthFields['grant'] = 'AUTHORIZATION_CODE'): HttpFields => ({
  ...http,
  auth: {
    __typename: 'OAuthAuth',
    ...{ grant, status, reason: null, issuer: null, clientId: null, clientRegistration: null },
    ...{ scopes: [], requestedScopes: [], expiresAt: null },
  },
})
const fault = (of: Partial<McpFault>): McpFault => ({
  __typename: 'McpError',
  code: 'CONNECT_FAILED',
  message: 'It failed',
  path: null,
  retryable: false,
  httpStatus: null,
  systemCode: null,
  authentication: null,
  stderrTail: [],
  ...of,
})

describe('by the codes of its error, not by its words, a server that cannot be asked is', () => {
  it.each<[string, ServerFields, Partial<McpFault>]>([
    ['COMMAND_NOT_FOUND', stdio, { systemCode: 'ENOENT' }],
    ['COMMAND_NOT_EXECUTABLE', stdio, { systemCode: 'EACCES' }],
    ['COMMAND_FAILED', stdio, {}],
    ['COMMAND_NOT_ALLOWED', stdio, { code: 'STDIO_NOT_ALLOWED' }],
    ['NOTHING_LISTENS', http, { systemCode: 'ECONNREFUSED' }],
    ['HOST_UNKNOWN', http, { systemCode: 'ENOTFOUND' }],
    ['HOST_UNKNOWN', http, { systemCode: 'EAI_AGAIN' }],
    ['CERTIFICATE_REFUSED', http, { systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['CERTIFICATE_REFUSED', http, { systemCode: 'CERT_HAS_EXPIRED' }],
    ['CONNECTION_FAILED', http, { systemCode: 'ECONNRESET' }],
    ['NO_MCP_ENDPOINT', http, { httpStatus: 404 }],
    ['TOKEN_REFUSED', http, { code: 'AUTH_REQUIRED', httpStatus: 401 }],
    ['OAUTH_NOT_CONNECTED', http, { code: 'AUTH_REQUIRED', authentication: 'OAUTH' }],
    ['OAUTH_NOT_CONNECTED', byOAuth('NOT_CONNECTED'), { code: 'AUTH_REQUIRED' }],
    ['OAUTH_CONSENT_NEEDED', byOAuth('REAUTH_REQUIRED'), { code: 'AUTH_REQUIRED' }],
    ['OAUTH_CREDENTIALS_REFUSED', byOAuth('REAUTH_REQUIRED', 'JWT_BEARER'), { code: 'AUTH_REQUIRED' }],
    ['OAUTH_REFUSED', byOAuth('CONNECTED'), { code: 'AUTH_REQUIRED' }],
    ['SERVER_BUSY', http, { code: 'BUSY', httpStatus: 429 }],
    ['SERVER_TOO_SLOW', http, { code: 'TIMEOUT' }],
    ['PROTOCOL_BROKEN', http, { code: 'PROTOCOL_ERROR' }],
    ['SECRET_NOT_READABLE', http, { code: 'SECRET_UNREADABLE' }],
    ['ADDRESS_BLOCKED', http, { code: 'URL_BLOCKED' }],
    ['SERVER_FAILED', http, { code: 'CANCELED' }],
  ])('%s', (code, server, of) => {
    const check = checkFault(server, fault(of), false)
    expect(check).toMatchObject({ area: 'MCP_SERVERS', subject: 'one', code, message: 'It failed' })
    expect(check.advice).not.toMatch(/\{|a-secret/)
  })

  it('FOLDER_NOT_FOUND, where the folder can be looked for', () => {
    const elsewhere: StdioFields = { ...stdio, cwd: '/no/such/folder' }
    const missing = fault({ systemCode: 'ENOENT' })
    expect(checkFault(elsewhere, missing, true).code).toBe('FOLDER_NOT_FOUND')
    expect(checkFault(elsewhere, missing, false).code).toBe('COMMAND_NOT_FOUND')
  })

  it('VARIABLE_NOT_ALLOWED, for an environment variable that no rule names', () => {
    const refusal = {
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      message: 'The environment variable A',
      path: ['input', 'config', 'env', 'A'],
    }
    expect(checkFault(stdio, refusal as Parameters<typeof checkFault>[1], true).code).toBe('VARIABLE_NOT_ALLOWED')
  })

  it('VARIABLES_NEEDED, which is no error', () => {
    const refusal = {
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      message: 'A value',
      path: ['input', 'variables'],
    }
    expect(checkFault(stdio, refusal as Parameters<typeof checkFault>[1], true)).toMatchObject({
      code: 'VARIABLES_NEEDED',
      status: 'WARNING',
    })
  })
})

it('what a command wrote last is told, with what to install for it', () => {
  const failed = checkFault(stdio, fault({ stderrTail: ['1', '2', ' ', 'Missing', 'a', 'key'] }), true)
  expect(failed.message).toBe('It failed; it wrote: Missing / a / key')
  expect(failed.advice).toContain('npx -y server')
  expect(checkFault(stdio, fault({ systemCode: 'ENOENT' }), true).advice).toContain('install Node.js')
})
