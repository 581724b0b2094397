import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configurationFile } from '../fixtures/mcp/client-configurations.ts'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { type Api, startApi } from './api.ts'

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api.registry.close())

const importServers = /* GraphQL */ `
  mutation ($input: ImportMcpServersInput!) {
    importMcpServers(input: $input) {
      __typename
      ... on ImportMcpServersPayload {
        detectedFormat
        entries { name outcome target ignored server { __typename ... on McpServerBase { name } } error { code message path } }
        requiredVariables { name description required secret default }
      }
      ... on UserError { code message path }
    }
  }`
const exportServers = /* GraphQL */ `
  query ($format: ImportFormat!, $filter: McpServerFilter) {
    exportMcpServers(format: $format, filter: $filter) {
      text
      variables { name required secret default description }
      skipped { name reason }
      omitted { name members }
    }
  }`

async function imported(input: object) {
  const { data, errors } = await api.ask(importServers, { input })
  expect(errors).toBeUndefined()
  return data.importMcpServers
}

const off = { command: 'toolyard-has-no-such-command', disabled: true }

describe('importMcpServers', () => {
  it('tells in a dry run what would come of a file, and which variables it needs', async () => {
    const text = configurationFile('vscode.jsonc')
    const report = await imported({ source: { text: { text } }, dryRun: true })
    expect(report).toMatchObject({
      __typename: 'ImportMcpServersPayload',
      detectedFormat: 'VSCODE_JSON',
      entries: [
        { name: 'perplexity', outcome: 'WOULD_CREATE', server: null, error: null, ignored: ['dev'] },
        { name: 'context', outcome: 'WOULD_CREATE', target: expect.stringMatching(/./) },
        { name: 'old', outcome: 'WOULD_CREATE' },
      ],
    })
    expect(report.requiredVariables).toContainEqual({
      name: 'perplexity-key',
      description: 'Key of Perplexity',
      required: true,
      secret: true,
      default: null,
    })
  })

  it('imports what is given as JSON, with values for its variables', async () => {
    await using http = await startFixture({ requireHeader: { name: 'authorization', value: 'Bearer a-token' } })
    const json = {
      mcpServers: {
        http: { url: http.url, headers: { Authorization: `Bearer \${TOKEN}` } },
        off,
        unfilled: { ...off, env: { A: `\${A}` } },
      },
    }
    const report = await imported({ source: { json }, variables: [{ name: 'TOKEN', value: { literal: 'a-token' } }] })
    expect(report.entries).toMatchObject([
      { name: 'http', outcome: 'CREATED', server: { __typename: 'StreamableHttpMcpServer', name: 'http' } },
      { name: 'off', outcome: 'CREATED', server: { __typename: 'StdioMcpServer' } },
      { name: 'unfilled', outcome: 'FAILED', error: { code: 'IMPORT_UNRESOLVED', path: ['mcpServers', 'unfilled'] } },
    ])
    const again = await imported({ source: { json }, onConflict: 'RENAME', dryRun: true })
    expect(again.entries.map(({ name }: { name: string }) => name)).toEqual(['http-2', 'off-2', 'unfilled'])
  })

  it('answers an InputError for a text that is broken, and quotes nothing of it', async () => {
    const text = '{"mcpServers": {\n  "a": {"env": {"KEY": "secret-word"} "b"}}}'
    const error = await imported({ source: { text: { text } } })
    expect(error).toEqual({
      __typename: 'InputError',
      code: 'INVALID_INPUT',
      message: 'line 2, column 39: expected a comma',
      path: ['input', 'source', 'text'],
    })
  })

  it('has the path of what is wrong with the input', async () => {
    const json = { mcpServers: {} }
    expect(
      await imported({
        source: { json },
        variables: [
          { name: 'A', value: { literal: 'x' } },
          { name: 'A', value: { literal: 'y' } },
        ],
      }),
    ).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'variables', '1', 'name'] })
    expect(await imported({ source: { registry: { name: 'a/b', baseUrl: 'no URL' } } })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'source', 'registry', 'baseUrl'],
    })
    expect(await imported({ source: { json: {} } })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'source', 'json'],
    })
    const { errors } = await api.ask(importServers, { input: { source: { json, text: { text: 'secret-word' } } } })
    expect(errors?.[0]?.message).toContain('exactly one of json, registry, text')
    expect(JSON.stringify(errors)).not.toContain('secret-word')
  })
})

describe('exportMcpServers', () => {
  it('writes the servers that the filter selects, with variables for their secrets', async () => {
    await imported({ source: { json: { mcpServers: { a: { ...off, env: { KEY: 'secret-word' } }, b: off } } } })
    const { data, text } = await api.ask(exportServers, { format: 'CODEX_TOML', filter: { name: { eq: 'a' } } })
    expect(data.exportMcpServers).toEqual({
      text: '[mcp_servers.a]\ncommand = "toolyard-has-no-such-command"\nargs = []\nenv_vars = [ "KEY" ]\nenabled = false\n',
      variables: [{ name: 'KEY', description: 'KEY of a', required: true, secret: true, default: null }],
      skipped: [],
      omitted: [],
    })
    expect(text).not.toContain('secret-word')
    const vscode = await api.ask(exportServers, { format: 'VSCODE_JSON' })
    expect(vscode.data.exportMcpServers.skipped).toMatchObject([{ name: 'a' }, { name: 'b' }])
  })

  it('refuses AUTO', async () => {
    const { errors } = await api.ask(exportServers, { format: 'AUTO' })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'INVALID_INPUT' } })
  })
})
