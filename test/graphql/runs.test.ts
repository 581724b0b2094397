import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type Api, startApi } from './api.ts'

let api: Api
let fixture: FixtureServer
beforeEach(async () => {
  api = await startApi()
  fixture = await startFixture()
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const server = await api.registry.servers.create({ name: 'fixture', config, refresh: false })
  await (await api.registry.servers.refresh(server.id)).result()
})
afterEach(async () => {
  await api.registry.close()
  await fixture.close()
})

const run = /* GraphQL */ `
  mutation ($input: RunMcpToolInput!) {
    runMcpTool(input: $input) {
      __typename
      ... on RunMcpToolPayload {
        deduplicated
        run { id status metadata error { code jsonRpcCode } result { status isError funcReturn truncated content {
          __typename
          ... on TextContent { annotations meta }
          ... on ImageContent { byteLength annotations meta }
          ... on AudioContent { annotations meta }
          ... on ResourceLinkContent { uri title description size icons { src mimeType sizes } annotations meta }
          ... on EmbeddedResourceContent { annotations meta }
          ... on UnknownContent { type raw }
        } } }
      }
      ... on UserError { code message path }
      ... on ToolArgsError { issues { pointer keyword } }
      ... on ConflictError { current { ... on McpServerBase { name } } }
    }
  }`
const tool = (name: string) => ({ qualified: { server: 'fixture', tool: name } })
const ran = async (input: object) => (await api.ask(run, { input })).data.runMcpTool

describe('runMcpTool', () => {
  it('repeats a run of the same tool, with its args', async () => {
    const { id } = (await ran({ tool: tool('echo'), args: { message: 'again' } })).run
    const repeated = await ran({ tool: tool('echo'), retriedFrom: id })
    expect(repeated.run).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'again' } })
    const chain = '{ toolRuns(first: 1) { nodes { args retriedFrom { id retriedFrom { id } } } } }'
    expect((await api.ask(chain)).data.toolRuns.nodes).toEqual([
      { args: { message: 'again' }, retriedFrom: { id, retriedFrom: null } },
    ])
    expect(await ran({ tool: tool('add'), args: { a: 1, b: 2 }, retriedFrom: id })).toMatchObject({
      __typename: 'InputError',
      path: ['input', 'retriedFrom'],
    })
    expect(await ran({ tool: tool('echo'), retriedFrom: 'run_none' })).toMatchObject({ __typename: 'InputError' })
  })

  it('answers the run with its result, of every kind of content', async () => {
    const answer = await ran({ tool: tool('every_content'), metadata: { ticket: 7 } })
    expect(answer).toMatchObject({
      deduplicated: false,
      run: {
        status: 'SUCCEEDED',
        metadata: { ticket: 7 },
        result: { status: 'SUCCESS', isError: false, truncated: false },
      },
    })
    expect(answer.run.result.content).toEqual([
      { __typename: 'TextContent', annotations: { audience: ['user'], priority: 0.5 }, meta: null },
      {
        __typename: 'ImageContent',
        byteLength: expect.any(Number),
        annotations: null,
        meta: { 'fixture/image': [1] },
      },
      { __typename: 'AudioContent', annotations: { lastModified: '2026-01-01T00:00:00Z' }, meta: null },
      {
        __typename: 'ResourceLinkContent',
        uri: 'fixture://linked',
        title: 'A linked resource',
        description: 'Not read yet',
        size: 7,
        icons: [{ src: 'https://icons.example/a.png', mimeType: 'image/png', sizes: ['48x48'] }],
        annotations: { audience: ['assistant'] },
        meta: { 'fixture/link': true },
      },
      { __typename: 'EmbeddedResourceContent', annotations: { priority: 1 }, meta: { inner: 1, both: 2 } },
      { __typename: 'EmbeddedResourceContent', annotations: null, meta: null },
      { __typename: 'UnknownContent', type: 'hologram', raw: expect.objectContaining({ type: 'hologram' }) },
    ])
  })

  it('tells a tool that fails from a server that refuses', async () => {
    expect(await ran({ tool: tool('fail') })).toMatchObject({
      run: { status: 'FAILED', error: null, result: { status: 'ERROR', isError: true } },
    })
    expect(await ran({ tool: tool('refuse') })).toMatchObject({
      run: { status: 'FAILED', error: { code: 'PROTOCOL_ERROR', jsonRpcCode: -32000 }, result: null },
    })
  })

  it('answers what is beyond a budget of the tenant as data', async () => {
    await using limited = await startApi({ budgets: { runsPerTenant: 1, deadlineMs: 10_000 } })
    const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
    const { id } = await limited.registry.servers.create({ name: 'fixture', config, refresh: false })
    await (await limited.registry.servers.refresh(id)).result()
    const start = async (input: object = {}) =>
      (await limited.ask(run, { input: { tool: tool('hang'), wait: false, ...input } })).data.runMcpTool
    expect(await start({ timeoutMs: 10_001 })).toEqual({
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      message: 'timeoutMs: expected at most 10000 ms (deadlineMs), got 10001',
      path: ['input', 'timeoutMs'],
    })
    const first = await start()
    expect(await start()).toEqual({
      __typename: 'InputError',
      code: 'LIMIT_EXCEEDED',
      message: 'unfinished runs of the tenant: expected at most 1 at a time (runsPerTenant), got 2',
      path: null,
    })
    await limited.registry.runs.cancel(first.run.id)
  })

  it('answers what cannot be asked as data', async () => {
    expect(await ran({ tool: tool('add'), args: { a: 1 } })).toMatchObject({
      __typename: 'ToolArgsError',
      code: 'TOOL_ARGS_INVALID',
      path: ['input', 'args'],
      issues: [{ pointer: '/b', keyword: 'required' }],
    })
    expect(await ran({ tool: tool('nothing') })).toMatchObject({
      __typename: 'InputError',
      code: 'NOT_FOUND',
      path: ['input', 'tool'],
    })
    expect(await ran({ tool: { id: 'tool_nope' } })).toMatchObject({ __typename: 'InputError', code: 'NOT_FOUND' })
    expect(await ran({ tool: tool('echo'), args: { message: '' }, timeoutMs: 0 })).toMatchObject({
      path: ['input', 'timeoutMs'],
    })
    const twice = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ]
    expect(await ran({ tool: tool('echo'), variables: twice })).toMatchObject({
      __typename: 'InputError',
      path: ['input', 'variables', '1', 'name'],
    })
  })

  it('answers the same run for the same key, and a ConflictError with other args', async () => {
    const first = await ran({ tool: tool('echo'), args: { message: 'a' }, idempotencyKey: 'k' })
    expect(await ran({ tool: tool('echo'), args: { message: 'a' }, idempotencyKey: 'k' })).toMatchObject({
      deduplicated: true,
      run: { id: first.run.id },
    })
    expect(await ran({ tool: tool('echo'), args: { message: 'b' }, idempotencyKey: 'k' })).toMatchObject({
      __typename: 'ConflictError',
      code: 'IDEMPOTENCY_CONFLICT',
      current: { name: 'fixture' },
    })
  })
})

describe('cancelJob', () => {
  const cancel = /* GraphQL */ `
    mutation ($input: CancelJobInput!) {
      cancelJob(input: $input) { __typename ... on JobActionPayload { job { __typename id status error { message } } } ... on UserError { code } }
    }`

  it('ends a run, tells its server, and leaves one that has ended as it is', async () => {
    const { run: started } = await ran({ tool: tool('hang'), wait: false })
    await fixture.received('tools/call')
    const canceled = await api.ask(cancel, { input: { id: started.id, reason: 'not needed' } })
    expect(canceled.data.cancelJob.job).toEqual({
      __typename: 'ToolRun',
      id: started.id,
      status: 'CANCELED',
      error: { message: 'Canceled by the caller: not needed' },
    })
    await fixture.received('notifications/cancelled')
    const again = await api.ask(cancel, { input: { id: started.id, reason: 'again' } })
    expect(again.data.cancelJob.job.error.message).toBe('Canceled by the caller: not needed')
  })

  it('answers an unknown id as data', async () => {
    const { data } = await api.ask(cancel, { input: { id: 'run_nope' } })
    expect(data.cancelJob).toEqual({ __typename: 'InputError', code: 'NOT_FOUND' })
  })
})

describe('what a run leaves', () => {
  it('is what its tool says shall be recorded, and says so', async () => {
    const { id = '' } = (await api.registry.tools.get({ server: 'fixture', tool: 'add' })) ?? {}
    const set = /* GraphQL */ `
      mutation ($input: SetMcpToolInput!) {
        setMcpTool(input: $input) { ... on SetMcpToolPayload { tool { recordArgs recordResults } } }
      }`
    const { data } = await api.ask(set, { input: { id, recordArgs: 'REDACT', recordResults: 'DROP' } })
    expect(data.setMcpTool.tool).toEqual({ recordArgs: 'REDACT', recordResults: 'DROP' })
    const answer = await ran({ tool: tool('add'), args: { a: 1, b: 2 } })
    expect(answer.run.result.funcReturn).toEqual({ sum: 3 })
    const query = 'query ($id: ID!) { toolRun(id: $id) { args recordedArgs recordedResult result { status } } }'
    expect((await api.ask(query, { id: answer.run.id })).data.toolRun).toEqual({
      args: { a: '[redacted]', b: '[redacted]' },
      recordedArgs: 'REDACT',
      recordedResult: 'DROP',
      result: null,
    })
    const unknown = await api.ask(set, { input: { id, recordArgs: 'SOME' } })
    expect(unknown.errors?.[0]?.message).not.toContain('SOME')
  })

  it('says who cancelled it', async () => {
    const { run: started } = await ran({ tool: tool('hang'), wait: false })
    await api.registry.runs.cancel(started.id, 'enough')
    const query = 'query ($id: ID!) { toolRun(id: $id) { error { code message canceledBy } } }'
    expect((await api.ask(query, { id: started.id })).data.toolRun.error).toEqual({
      code: 'CANCELED',
      message: 'Canceled by the caller: enough',
      canceledBy: 'CALLER',
    })
  })
})

describe('setMcpTool', () => {
  it('sets, leaves and clears', async () => {
    const { data } = await api.ask(
      'query ($by: ToolRef!) { mcpTool(by: $by) { id qualifiedName schemaDigest schemaHealth { status reasons } annotations { readOnlyHint } } }',
      { by: tool('echo') },
    )
    expect(data.mcpTool).toMatchObject({
      qualifiedName: 'fixture__echo',
      schemaDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const set = /* GraphQL */ `
      mutation ($input: SetMcpToolInput!) {
        setMcpTool(input: $input) { ... on SetMcpToolPayload { tool { enabled tags returnCharLimit } } ... on UserError { code path } }
      }`
    const { id } = data.mcpTool
    const first = await api.ask(set, { input: { id, enabled: false, tags: ['a', 'a'], returnCharLimit: 5 } })
    expect(first.data.setMcpTool.tool).toEqual({ enabled: false, tags: ['a'], returnCharLimit: 5 })
    expect(await ran({ tool: tool('echo'), args: { message: 'x' } })).toMatchObject({
      __typename: 'InputError',
      code: 'DISABLED',
    })
    const second = await api.ask(set, { input: { id, enabled: null, returnCharLimit: null } })
    expect(second.data.setMcpTool.tool).toEqual({ enabled: true, tags: ['a'], returnCharLimit: 1_000_000 })
    const bad = await api.ask(set, { input: { id, returnCharLimit: 0 } })
    expect(bad.data.setMcpTool).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'returnCharLimit'] })
  })
})

describe('the history', () => {
  it('pages through runs, of the registry, a server and a tool', async () => {
    for (const message of ['1', '2', '3']) await ran({ tool: tool('echo'), args: { message } })
    const { data } = await api.ask(/* GraphQL */ `{
      toolRuns(first: 2, filter: { status: [SUCCEEDED] }) { totalCount nodes { args tool { name runs(first: 1) { totalCount nodes { args } } } } pageInfo { hasNextPage endCursor } }
      mcpServers { nodes { ... on McpServerBase { runs(first: 1) { totalCount nodes { serverName toolName } } } } }
    }`)
    expect(data.toolRuns).toMatchObject({
      totalCount: 3,
      nodes: [{ args: { message: '3' } }, { args: { message: '2' } }],
      pageInfo: { hasNextPage: true },
    })
    expect(data.toolRuns.nodes[0].tool.runs).toMatchObject({ totalCount: 3, nodes: [{ args: { message: '3' } }] })
    expect(data.mcpServers.nodes[0].runs).toMatchObject({
      totalCount: 3,
      nodes: [{ serverName: 'fixture', toolName: 'echo' }],
    })
  })
})
