import { createRegistry, isRegistryError, type Registry } from '@toolyard/core'
import { isDestructive, ToolRunError, type ToolSetOptions, toolSet } from '@toolyard/core/ai-sdk'
import { generateText, isStepCount, type ModelMessage, type ToolSet } from 'ai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedCall, scriptedModel, toolResults, userSays } from '../fixtures/mcp/scripted-model.ts'

let registry: Registry
let fixture: FixtureServer
beforeEach(async () => {
  registry = await createRegistry()
  fixture = await startFixture()
})
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

const register = (name = 'a', input = {}) =>
  registered(registry, name, { transport: 'streamableHttp', serverUrl: fixture.url }, input)

const stopWhen = isStepCount(5)
const atOnce: ToolSetOptions = { needsApproval: false }

/** What the model heard of one call. */
async function heard(call: Omit<ScriptedCall, 'id'>, tools: ToolSet): Promise<unknown> {
  const model = scriptedModel([{ ...call, id: 'call-1' }])
  await generateText({ model, tools, prompt: 'Go', stopWhen })
  return toolResults(model.doGenerateCalls[1]?.prompt ?? []).get('call-1')
}

describe('a tool set', () => {
  it('has each tool by its qualified name, with the schema that models take', async () => {
    await register()
    await register('b')
    const tools = await toolSet(registry)
    expect(Object.keys(tools)).toEqual(expect.arrayContaining(['a__echo', 'b__echo', 'a__add', 'b__add']))
    const model = scriptedModel()
    await generateText({ model, tools, prompt: 'Go' })
    const echo = model.doGenerateCalls[0]?.tools?.find(({ name }) => name === 'a__echo')
    const { inputSchema } = (await registry.tools.get({ server: 'a', tool: 'echo' })) ?? {}
    expect(echo).toMatchObject({ type: 'function', description: 'Answers the message', inputSchema })
  })

  it('has more than a page of them, of the servers that are asked for', async () => {
    await using many = await startFixture({ tools: 'thousand' })
    const { id } = await registered(registry, 'many', { transport: 'streamableHttp', serverUrl: many.url })
    await register()
    expect(Object.keys(await toolSet(registry, { filter: { serverId: [id] } }))).toHaveLength(1_000)
  })

  it('omits disabled tools, and tools that are not approved', async () => {
    await register()
    const off = await register('off')
    await registry.servers.update(off.id, { enabled: false })
    await register('new', { toolChangePolicy: 'QUARANTINE' })
    const echo = await registry.tools.get({ server: 'a', tool: 'echo' })
    await registry.tools.set(echo?.id ?? '', { enabled: false })
    const waiting = await registry.tools.list({ filter: { quarantined: true } })
    expect(waiting.edges.length).toBeGreaterThan(0)
    const names = Object.keys(await toolSet(registry))
    expect(names).toContain('a__add')
    expect(names.filter((name) => name === 'a__echo' || !name.startsWith('a__'))).toEqual([])
  })

  it('gives schemas in the form of one API where it is told which', async () => {
    const inputSchema = { type: 'object', properties: { $top: { type: 'integer' } } }
    fixture.setTools([{ name: 'find', inputSchema }])
    await register()
    const given = async (api: 'ANTHROPIC' | 'OPENAI') => {
      const model = scriptedModel()
      await generateText({ model, tools: await toolSet(registry, { api }), prompt: 'Go' })
      return model.doGenerateCalls[0]?.tools?.[0]
    }
    expect(await given('OPENAI')).toMatchObject({ inputSchema })
    expect(await given('ANTHROPIC')).toMatchObject({ inputSchema: { properties: {}, description: expect.any(String) } })
  })
})

describe('a call', () => {
  it('runs the tool, and tells the model what it answered', async () => {
    await register()
    const tools = await toolSet(registry, { ...atOnce, run: { actor: 'agent', metadata: { chat: 7 } } })
    expect(await heard({ tool: 'a__echo', input: { message: 'hi' } }, tools)).toEqual({ type: 'text', value: 'hi' })
    expect(await heard({ tool: 'a__echo', input: { message: '' } }, await toolSet(registry, atOnce))).toEqual({
      type: 'text',
      value: '[The tool answered with nothing.]',
    })
    expect(await heard({ tool: 'a__add', input: { a: 1, b: 2 } }, await toolSet(registry, atOnce))).toEqual({
      type: 'json',
      value: { sum: 3 },
    })
    const { edges } = await registry.runs.list()
    expect(edges.at(-1)?.node).toMatchObject({ actor: 'agent', metadata: { chat: 7, toolCallId: 'call-1' } })
  })

  it('gives files as files, and links and unknown parts as text', async () => {
    await register()
    const output = await heard({ tool: 'a__every_content' }, await toolSet(registry, atOnce))
    expect(output).toMatchObject({
      type: 'content',
      value: [
        { type: 'text', text: 'A text' },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: expect.stringMatching(/^iVBOR/) } },
        { type: 'file', mediaType: 'audio/wav' },
        { type: 'text', text: 'A linked resource: fixture://linked' },
        { type: 'text', text: 'An embedded text' },
        { type: 'file', mediaType: 'application/octet-stream', data: { type: 'data', data: 'AAEC' } },
        { type: 'text', text: expect.stringContaining('hologram') },
      ],
    })
  })

  it('that fails is an error that the model sees', async () => {
    await register()
    const failures = [
      [{ tool: 'a__fail' }, /The tool failed on purpose/],
      [{ tool: 'a__refuse' }, /The server refused on purpose/],
      [{ tool: 'a__echo', input: { message: 5 } }, /\/message: must be string/],
      [{ tool: 'a__echo', input: [] }, /args: expected a JSON object/],
    ] as const
    for (const [call, message] of failures) {
      const output = await heard(call, await toolSet(registry, atOnce))
      expect(output).toEqual({ type: 'error-text', value: expect.stringMatching(message) })
    }
    const model = scriptedModel([{ id: 'x', tool: 'a__fail' }], [{ id: 'y', tool: 'a__echo' }])
    const { steps } = await generateText({ model, tools: await toolSet(registry, atOnce), prompt: 'Go', stopWhen })
    const [failed, refused] = steps.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === 'tool-error' ? [part.error] : [])),
    )
    expect(failed instanceof ToolRunError && failed.run.status).toBe('FAILED')
    expect(isRegistryError(refused, 'TOOL_ARGS_INVALID')).toBe(true)
  })

  it('is run once for its id in a conversation', async () => {
    await register()
    const call = { tool: 'a__count' }
    const first = { type: 'json', value: { count: 1 } }
    const second = { type: 'json', value: { count: 2 } }
    const shared = await toolSet(registry, { ...atOnce, conversationId: 'one' })
    expect(await heard(call, shared)).toEqual(first)
    expect(await heard(call, shared)).toEqual(first)
    expect(await heard(call, await toolSet(registry, { ...atOnce, conversationId: 'one' }))).toEqual(first)
    expect(await heard(call, await toolSet(registry, { ...atOnce, conversationId: 'two' }))).toEqual(second)
    expect(await heard(call, await toolSet(registry, atOnce))).toEqual({ type: 'json', value: { count: 3 } })
  })

  it('is cancelled by the signal of the whole', async () => {
    await register()
    const abort = new AbortController()
    const model = scriptedModel([{ id: 'x', tool: 'a__hang' }])
    const tools = await toolSet(registry, atOnce)
    const whole = generateText({ model, tools, prompt: 'Go', stopWhen, abortSignal: abort.signal })
    const ended = whole.then(
      () => 'went on',
      (error: unknown) => error instanceof Error && error.name,
    )
    await fixture.received('tools/call')
    abort.abort()
    expect(await ended).toBe('AbortError')
    const { edges } = await registry.runs.list()
    await fixture.received('notifications/cancelled')
    const run = await registry.runs.wait(edges[0]?.node.id ?? '')
    expect(run).toMatchObject({ toolName: 'hang', status: 'CANCELED', error: { canceledBy: 'SIGNAL' } })
  })
})

describe('approval', () => {
  async function asks(options: ToolSetOptions) {
    const model = scriptedModel([{ id: 'x', tool: 'a__echo', input: { message: 'hi' } }])
    const tools = await toolSet(registry, options)
    const messages: ModelMessage[] = [userSays('Go')]
    const { content, responseMessages } = await generateText({ model, tools, messages, stopWhen })
    messages.push(...responseMessages)
    const requests = content.flatMap((part) => (part.type === 'tool-approval-request' ? [part.approvalId] : []))
    const decide = async (approved: boolean) => {
      messages.push({
        role: 'tool',
        content: requests.map((approvalId) => ({ type: 'tool-approval-response', approvalId, approved })),
      })
      await generateText({ model, tools, messages, stopWhen })
      return toolResults(model.doGenerateCalls.at(-1)?.prompt ?? []).get('x')
    }
    return { requests, decide }
  }

  it('is asked for, before anything is sent, of all that does not call itself harmless', async () => {
    await register()
    const { requests, decide } = await asks({})
    expect(requests).toHaveLength(1)
    expect(await registry.runs.count()).toBe(0)
    expect(await decide(true)).toEqual({ type: 'text', value: 'hi' })
    expect(await registry.runs.count()).toBe(1)
  })

  it('keeps a call from being run where it is denied', async () => {
    await register()
    const { decide } = await asks({})
    expect(await decide(false)).toMatchObject({ type: 'execution-denied' })
    expect(await registry.runs.count()).toBe(0)
  })

  it('is what the caller says of a tool and its input', async () => {
    await register()
    const seen: unknown[] = []
    const byInput: ToolSetOptions = {
      async needsApproval({ tool, input, toolCallId }) {
        seen.push([tool.name, input, toolCallId])
        return isDestructive(tool) && JSON.stringify(input).includes('delete')
      },
    }
    expect((await asks(byInput)).requests).toEqual([])
    expect(seen).toEqual([['echo', { message: 'hi' }, 'x']])
    expect((await asks({ needsApproval: true })).requests).toHaveLength(1)
  })

  it('decides a run that waits by the policy of its server, if the set says so', async () => {
    await register('a', { approvalPolicy: 'ALWAYS' })
    const options = { needsApproval: false, decidesRuns: true, run: { actor: 'ada' } } as const
    const { requests, decide } = await asks(options)
    expect(requests).toHaveLength(1)
    expect(await decide(true)).toEqual({ type: 'text', value: 'hi' })
    expect((await registry.runs.list()).edges).toMatchObject([
      { node: { status: 'SUCCEEDED', approval: { decision: 'APPROVED', decidedBy: 'ada' } } },
    ])
  })

  it('of the SDK leaves a run that waits to other callers otherwise', async () => {
    await register('a', { approvalPolicy: 'ALWAYS' })
    const feed = registry.events()
    const answered = heard({ tool: 'a__echo', input: { message: 'hi' } }, await toolSet(registry, atOnce))
    for await (const event of feed) {
      if (event.type !== 'McpToolRunPaused') continue
      await registry.runs.decide(event.runId, { decision: 'REJECTED', reason: 'no' })
      break
    }
    expect(await answered).toMatchObject({ type: 'error-text', value: expect.stringContaining('Rejected: no') })
  })

  it('takes the hints of a tool as MCP says', () => {
    const none = { readOnlyHint: null, destructiveHint: null, idempotentHint: null, openWorldHint: null }
    expect(isDestructive({ annotations: none })).toBe(true)
    expect(isDestructive({ annotations: { ...none, destructiveHint: false } })).toBe(false)
    expect(isDestructive({ annotations: { ...none, readOnlyHint: true, destructiveHint: true } })).toBe(false)
  })
})
