import { createRegistry, type Registry } from '@toolyard/core'
import { type Caller, createHandler, type GraphQLHandler, type Scope } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { form, inputRequired, sampling, startAskingModern, url } from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import type { ScriptedServer } from '../fixtures/mcp/scripted-http.ts'

const keys: Readonly<Record<string, readonly Scope[]>> = {
  worker: ['read', 'run'],
  other: ['read', 'run'],
  boss: ['read', 'write'],
  reader: ['read'],
}

const run = `mutation($input: RunMcpToolInput!) { runMcpTool(input: $input) {
  ... on RunMcpToolPayload { run { id status inputRound pendingInput { ...Asked } } }
  ... on UserError { code message }
} }
fragment Asked on InputRequest {
  __typename
  ... on ElicitationFormRequest { key message requestedSchema expiresAt }
  ... on ElicitationUrlRequest { key message url expiresAt }
  ... on SamplingRequest { key params expiresAt }
}`
const answer = `mutation($input: AnswerToolRunInputInput!) { answerToolRunInput(input: $input) {
  __typename
  ... on JobActionPayload { job { id status } }
  ... on UserError { code message path }
  ... on ToolArgsError { issues { pointer keyword } }
} }`
const events = `subscription($id: ID!) { toolRunEvents(runId: $id) {
  __typename ... on ToolRunInputRequested { requests { ... on ElicitationFormRequest { key message } } run { id } }
} }`
const update = `mutation($input: UpdateMcpServerInput!) { updateMcpServer(input: $input) {
  ... on UpdateMcpServerPayload { server { ... on McpServerBase { inputPolicy } } } ... on UserError { code path }
} }`

let registry: Registry
let server: ScriptedServer
let serverId: string
let toolId: string
let handler: GraphQLHandler
beforeEach(async () => {
  server = await startAskingModern(({ inputResponses }) =>
    inputResponses ? undefined : inputRequired({ who: form(), where: url(), what: sampling() }),
  )
  registry = await createRegistry()
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  serverId = (await registered(registry, 'a', config)).id
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

async function ask(query: string, variables: object, key: string) {
  const response = await handler(
    new Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    }),
  )
  return response.json()
}

async function paused(): Promise<string> {
  const { data } = await ask(run, { input: { tool: { id: toolId }, args: { n: 1 } } }, 'worker')
  expect(data.runMcpTool.run).toMatchObject({ status: 'INPUT_REQUIRED', inputRound: 1 })
  expect(data.runMcpTool.run.pendingInput).toMatchObject([
    { __typename: 'ElicitationFormRequest', key: 'who', message: 'Who are you?', requestedSchema: { type: 'object' } },
    { __typename: 'ElicitationUrlRequest', key: 'where', url: 'https://login.example/x' },
    { __typename: 'SamplingRequest', key: 'what', params: { maxTokens: 10 } },
  ])
  return data.runMcpTool.run.id
}

const ofOne = (runId: string, content: object, key = 'who') => ({
  input: { runId, responses: [{ key, action: 'ACCEPT', content }] },
})

describe('answerToolRunInput', () => {
  it('takes answers of the key that started the run, and of one with the scope write', async () => {
    const id = await paused()
    const mine = ofOne(id, { name: 'Ada' })
    expect((await ask(answer, mine, 'other')).data.answerToolRunInput).toMatchObject({
      __typename: 'InputError',
      code: 'FORBIDDEN',
      path: ['input', 'runId'],
    })
    expect((await ask(answer, mine, 'reader')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await ask(answer, mine, 'worker')).data.answerToolRunInput).toMatchObject({
      __typename: 'JobActionPayload',
      job: { id, status: 'INPUT_REQUIRED' },
    })
    const rest = [
      { key: 'where', action: 'ACCEPT' },
      {
        key: 'what',
        action: 'ACCEPT',
        content: { role: 'assistant', model: 'm', content: { type: 'text', text: 'x' } },
      },
    ]
    expect(
      (await ask(answer, { input: { runId: id, responses: rest } }, 'boss')).data.answerToolRunInput,
    ).toMatchObject({
      job: { id },
    })
    expect(await registry.runs.wait(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect((await ask(answer, mine, 'worker')).data.answerToolRunInput).toMatchObject({
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      path: ['input', 'runId'],
      message: expect.stringContaining('is SUCCEEDED'),
    })
    const audited = (await registry.audit.list({ filter: { action: ['RUN_ANSWERED'] } })).edges.map(({ node }) => node)
    expect(audited.map(({ actor, refusedWith }) => [actor, refusedWith]).reverse()).toEqual([
      ['other', 'FORBIDDEN'],
      ['worker', null],
      ['boss', null],
      ['worker', 'INVALID_INPUT'],
    ])
  })

  it('refuses content that does not fit, with pointers', async () => {
    const id = await paused()
    expect((await ask(answer, ofOne(id, { name: 1 }), 'worker')).data.answerToolRunInput).toMatchObject({
      __typename: 'ToolArgsError',
      code: 'TOOL_ARGS_INVALID',
      path: ['input', 'responses', '0', 'content'],
      issues: [{ pointer: '/name', keyword: 'type' }],
    })
    expect(await registry.runs.get(id)).toMatchObject({ status: 'INPUT_REQUIRED' })
  })

  it('has its requests in the events, and the policy of the server in its fields', async () => {
    const id = await paused()
    await registry.runs.cancel(id)
    const response = await handler(
      new Request('http://localhost/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: 'Bearer reader',
        },
        body: JSON.stringify({ query: events, variables: { id } }),
      }),
    )
    const text = await response.text()
    expect(text).toContain('"__typename":"ToolRunInputRequested"')
    expect(text).toContain('"message":"Who are you?"')
    const changed = await ask(update, { input: { id: serverId, inputPolicy: 'NONE' } }, 'boss')
    expect(changed.data.updateMcpServer.server).toEqual({ inputPolicy: 'NONE' })
  })
})
