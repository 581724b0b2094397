import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Api, startApi } from './api.ts'

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.registry.close())

describe('McpTool.functionDefinition', () => {
  it('is the definition that each model API takes, whatever the server lists', async () => {
    const inputSchema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { $top: { type: 'integer' } },
      anyOf: [{ properties: { id: { type: 'string' } }, required: ['id'] }, 'wrong'],
    }
    await using fixture = await startFixture({ tools: [{ name: 'find', description: 'Finds', inputSchema }] })
    await registered(api.registry, '7th', { transport: 'streamableHttp', serverUrl: fixture.url })
    const { data, errors } = await api.ask(/* GraphQL */ `{
      mcpTools { nodes {
        qualifiedName
        openAi: functionDefinition(api: OPENAI)
        anthropic: functionDefinition(api: ANTHROPIC)
        gemini: functionDefinition(api: GEMINI)
      } }
    }`)
    expect(errors).toBeUndefined()
    const [{ qualifiedName: name, openAi, anthropic, gemini }] = data.mcpTools.nodes
    expect(name).toMatch(/^_7th__find__[0-9a-f]{12}$/)
    const schema = { type: 'object', properties: { $top: { type: 'integer' }, id: { type: 'string' } } }
    expect(openAi).toEqual({ type: 'function', name, description: 'Finds', parameters: schema, strict: false })
    expect(gemini).toEqual({ name, description: 'Finds', parametersJsonSchema: schema })
    expect(anthropic).toEqual({
      name,
      description: 'Finds',
      input_schema: {
        type: 'object',
        description: 'Takes these properties too: {"$top":{"type":"integer"}}',
        properties: { id: { type: 'string' } },
      },
    })
  })

  it('wants to know for which API', async () => {
    const { errors } = await api.ask('{ mcpTools { nodes { functionDefinition } } }')
    expect(errors?.[0]?.message).toContain('api')
    const unknown = await api.ask('{ mcpTools { nodes { functionDefinition(api: LLAMA) } } }')
    expect(unknown.errors).toHaveLength(1)
  })
})
