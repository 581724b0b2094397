import type { FixtureServer } from '../fixtures/mcp/mcp-fixture.ts'
import type { Serving } from '../fixtures/process/serving.ts'

/** Calls the API as a separate client. */
export async function ask(serving: Pick<Serving, 'url'>, query: string, variables: object = {}): Promise<unknown> {
  const response = await fetch(serving.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { readonly data?: unknown; readonly errors?: unknown }
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}

const refreshed = `mutation ($id: ID!) { refreshMcpServer(input: { id: $id, wait: true }) { __typename } }`

/** Registers the fixture and refreshes its tools. Returns its id. */
export async function register(
  serving: Pick<Serving, 'url'>,
  name: string,
  { url }: Pick<FixtureServer, 'url'>,
  settings: object = {},
): Promise<string> {
  const input = { name, config: { streamableHttp: { serverUrl: url } }, refresh: false, ...settings }
  const data = await ask(
    serving,
    `mutation ($input: CreateMcpServerInput!) {
      createMcpServer(input: $input) {
        ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } }
        ... on UserError { message }
      }
    }`,
    { input },
  )
  // The query selects exactly these fields.
  const { id } = (data as { createMcpServer: { server: { id: string } } }).createMcpServer.server
  await ask(serving, refreshed, { id })
  return id
}

export const refreshAndWait = (serving: Pick<Serving, 'url'>, id: string) => ask(serving, refreshed, { id })
