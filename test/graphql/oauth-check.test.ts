import { expect, it } from 'vitest'
import { startAuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { startProtectedMcpServer } from '../fixtures/oauth/protected-mcp-server.ts'
import { startApi } from './api.ts'

const check = `mutation ($input: CheckMcpAuthInput!) {
  checkMcpAuth(input: $input) {
    __typename
    ... on CheckMcpAuthPayload { issuer metadataMs missingScopes isRenewable }
    ... on UserError { code path }
    ... on McpError { retryable }
  }
}`

it('checkMcpAuth answers for the authorization server, or with what it fails with', async () => {
  await using authorizationServer = await startAuthorizationServer()
  await using server = await startProtectedMcpServer({ authorizationServers: [authorizationServer] })
  await using api = await startApi()
  const checked = async (serverId: string) => (await api.ask(check, { input: { serverId } })).data.checkMcpAuth
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  const { servers } = api.registry
  const { id } = await servers.create({ name: 'a', config: { ...config, auth: { oauth: {} } }, refresh: false })
  const plain = await servers.create({ name: 'b', config, refresh: false })
  expect(await checked(id)).toEqual({
    __typename: 'CheckMcpAuthPayload',
    issuer: authorizationServer.issuer,
    metadataMs: expect.any(Number),
    missingScopes: [],
    isRenewable: false,
  })
  const path = ['input', 'serverId']
  expect(await checked(plain.id)).toEqual({ __typename: 'InputError', code: 'INVALID_INPUT', path })
  expect(await checked('mcps_none')).toEqual({ __typename: 'InputError', code: 'NOT_FOUND', path })
  authorizationServer.faults.metadata = '500'
  expect(await checked(id)).toEqual({ __typename: 'McpError', code: 'CONNECT_FAILED', path: null, retryable: true })
})
