import { createRegistry, type Registry } from '@toolyard/core'
import { type Caller, createHandler, type GraphQLHandler, type Scope } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'

const keys: Readonly<Record<string, readonly Scope[]>> = {
  worker: ['read', 'run', 'write'],
  boss: ['read', 'write'],
  reader: ['read', 'run'],
  owner: ['read', 'run', 'write', 'admin'],
}

const run = `mutation($input: RunMcpToolInput!) { runMcpTool(input: $input) {
  ... on RunMcpToolPayload { deduplicated run { id status args approval { decision decidedBy reason decidedAt } } }
  ... on UserError { code message }
} }`
const decide = `mutation($input: DecideToolRunInput!) { decideToolRun(input: $input) {
  __typename
  ... on JobActionPayload { job { id status ... on ToolRun { approval { decision decidedBy reason } error { code message canceledBy } } } }
  ... on UserError { code message path }
} }`
const readRun =
  'query($id: ID!) { toolRun(id: $id) { status mayDecide args recordedArgs approval { decision decidedBy } } }'
const update = `mutation($input: UpdateMcpServerInput!) { updateMcpServer(input: $input) {
  ... on UpdateMcpServerPayload { server { ... on McpServerBase { approvalPolicy } } } ... on UserError { code path }
} }`
const setTool = `mutation($input: SetMcpToolInput!) { setMcpTool(input: $input) {
  ... on SetMcpToolPayload { tool { approvalPolicy } } ... on UserError { code path }
} }`

let registry: Registry
let server: ScriptedServer
let serverId: string
let toolId: string
let handler: GraphQLHandler
beforeEach(async () => {
  server = await startScripted()
  registry = await createRegistry()
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  serverId = (await registered(registry, 'a', config, { approvalPolicy: 'ALWAYS' })).id
  toolId = (await registry.tools.get({ server: 'a', tool: 'echo' }))?.id ?? ''
  handler = createHandler(registry, {
    authenticate({ authorization = '' }): Caller | undefined {
      const id = authorization.replace('Bearer ', '')
      const scopes = keys[id]
      return scopes && { tenant: 'default', id, scopes: new Set(scopes), expiresAt: null }
    },
  })
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

async function ask(query: string, variables: object, key: string | undefined = 'worker', to = handler) {
  const response = await to(
    new Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ query, variables }),
    }),
  )
  return response.json()
}

async function paused(key = 'worker'): Promise<string> {
  const { data } = await ask(run, { input: { tool: { id: toolId }, args: { n: 1 } } }, key)
  expect(data.runMcpTool.run).toMatchObject({ status: 'AWAITING_APPROVAL', approval: { decision: null } })
  return data.runMcpTool.run.id
}

const approve = (runId: string, key: string) =>
  ask(decide, { input: { runId, decision: 'APPROVED', reason: 'ok' } }, key)

describe('decideToolRun', () => {
  it('sends a run that another key started, and says who decided', async () => {
    const id = await paused()
    expect((await approve(id, 'boss')).data.decideToolRun).toMatchObject({
      __typename: 'JobActionPayload',
      job: { id, approval: { decision: 'APPROVED', decidedBy: 'boss', reason: 'ok' } },
    })
    expect(await registry.runs.wait(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect((await approve(id, 'boss')).data.decideToolRun).toMatchObject({
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      path: ['input', 'runId'],
      message: expect.stringContaining('is SUCCEEDED'),
    })
  })

  it('says beforehand who may decide', async () => {
    const id = await paused()
    const may = async (key: string) => (await ask(readRun, { id }, key)).data.toolRun.mayDecide
    expect(await may('boss')).toBe(true)
    expect(await may('worker')).toBe(false)
    expect(await may('reader')).toBe(false)
    await approve(id, 'boss')
    expect(await may('boss')).toBe(false)
  })

  it('rejects with the reason', async () => {
    const id = await paused()
    const input = { runId: id, decision: 'REJECTED', reason: 'no' }
    expect((await ask(decide, { input }, 'boss')).data.decideToolRun.job).toMatchObject({
      status: 'CANCELED',
      error: { code: 'CANCELED', canceledBy: 'REJECTED', message: 'Rejected: no' },
    })
  })

  it('is refused to the key that started the run, and to one without the scope', async () => {
    const id = await paused()
    expect((await approve(id, 'worker')).data.decideToolRun).toMatchObject({
      __typename: 'InputError',
      code: 'FORBIDDEN',
      path: ['input', 'runId'],
    })
    expect((await ask('{ registryInfo { selfApproval } }', {}, 'reader')).data.registryInfo.selfApproval).toBe(false)
    expect((await approve(id, 'reader')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect(await registry.runs.get(id)).toMatchObject({ status: 'AWAITING_APPROVAL' })
  })

  it('is allowed to the caller of an API without keys', async () => {
    const open = createHandler(registry)
    const { data } = await ask(run, { input: { tool: { id: toolId } } }, undefined, open)
    const input = { runId: data.runMcpTool.run.id, decision: 'APPROVED' }
    expect((await ask(decide, { input }, undefined, open)).data.decideToolRun.job).toMatchObject({
      approval: { decision: 'APPROVED', decidedBy: 'anonymous' },
    })
  })
})

describe('a run that waits', () => {
  it('shows all of its args to a key that may decide, whatever is recorded', async () => {
    await registry.tools.set(toolId, { recordArgs: 'DROP' })
    const id = await paused()
    const shown = async (key: string) => (await ask(readRun, { id }, key)).data.toolRun.args
    expect(await shown('boss')).toEqual({ n: 1 })
    expect(await shown('reader')).toEqual({})
    await approve(id, 'boss')
    await registry.runs.wait(id)
    expect(await shown('boss')).toEqual({})
  })

  it('waits as long as the call says', async () => {
    const input = { tool: { id: toolId }, inputTimeoutMs: 50 }
    const { data } = await ask(run, { input })
    expect(await registry.runs.wait(data.runMcpTool.run.id)).toMatchObject({ status: 'TIMED_OUT' })
  })
})

describe('approvalPolicy', () => {
  it('is loosened by admins alone, and the server’s key that runs cannot go around it', async () => {
    const looser = { id: serverId, approvalPolicy: 'NEVER' }
    expect((await ask(update, { input: looser })).data.updateMcpServer).toMatchObject({
      code: 'FORBIDDEN',
      path: ['input', 'approvalPolicy'],
    })
    const ofTool = { id: toolId, approvalPolicy: 'NEVER' }
    expect((await ask(setTool, { input: ofTool })).data.setMcpTool).toMatchObject({ code: 'FORBIDDEN' })
    expect((await ask(setTool, { input: ofTool }, 'owner')).data.setMcpTool.tool).toEqual({ approvalPolicy: 'NEVER' })
    const stricter = { id: toolId, approvalPolicy: 'DESTRUCTIVE' }
    expect((await ask(setTool, { input: stricter })).data.setMcpTool.tool).toEqual({ approvalPolicy: 'DESTRUCTIVE' })
    expect((await ask(update, { input: looser }, 'owner')).data.updateMcpServer).toMatchObject({
      server: { approvalPolicy: 'NEVER' },
    })
    const audit = await registry.audit.list({ first: 100 })
    const refused = audit.edges.filter(({ node }) => node.refusedWith === 'FORBIDDEN').map(({ node }) => node.action)
    expect(refused.sort()).toEqual(['SERVER_UPDATED', 'TOOL_UPDATED'])
  })
})
