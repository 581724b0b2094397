import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Api, startApi } from './api.ts'

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.registry.close())

const find = { name: 'find', description: 'Fi\u200Bnds', inputSchema: { type: 'object' } }
const warning = {
  code: 'HIDDEN_TEXT',
  pointer: '/description',
  message: 'characters that are not shown: U+200B',
}

describe('text that a person does not see', () => {
  it('is warned of, and left out of function definitions unless it is asked for', async () => {
    await using fixture = await startFixture({ tools: [find] })
    await registered(api.registry, 'a', { transport: 'streamableHttp', serverUrl: fixture.url })
    const { data, errors } = await api.ask(/* GraphQL */ `{
      mcpTools { nodes {
        description
        warnings { code pointer message }
        seen: functionDefinition(api: GEMINI)
        same: functionDefinition(api: GEMINI, hiddenText: false)
        all: functionDefinition(api: GEMINI, hiddenText: true)
      } }
    }`)
    expect(errors).toBeUndefined()
    const [tool] = data.mcpTools.nodes
    expect(tool).toMatchObject({
      description: find.description,
      warnings: [warning],
      seen: { description: 'Finds' },
      all: { description: find.description },
    })
    expect(tool.same).toEqual(tool.seen)
  })

  it('is warned of in what waits for approval, and in what a refresh would add', async () => {
    await using fixture = await startFixture({ tools: [find] })
    const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
    const { id } = await registered(api.registry, 'a', config, { toolChangePolicy: 'QUARANTINE' })
    const { data } = await api.ask(
      '{ mcpTools { nodes { warnings { code } quarantine { kind warnings { code pointer message } } } } }',
    )
    expect(data.mcpTools.nodes).toEqual([
      { warnings: [{ code: 'HIDDEN_TEXT' }], quarantine: { kind: 'NEW', warnings: [warning] } },
    ])
    const preview = await api.ask(/* GraphQL */ `mutation {
      previewMcpServerRefresh(input: { id: "${id}" }) {
        ... on PreviewMcpServerRefreshPayload { listed { name warnings { code pointer message } } }
      }
    }`)
    expect(preview.data.previewMcpServerRefresh.listed).toEqual([{ name: 'find', warnings: [warning] }])
  })
})
