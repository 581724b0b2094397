/** An operation of a tab, with its variables as JSON. */
export interface GraphiQLTab {
  readonly query: string
  readonly variables?: string
}

const servers = `# Registered servers. The other tabs add one, watch it, and run a tool; the docs are at the left.
query Servers {
  mcpServers(first: 20) {
    totalCount
    nodes {
      __typename
      ... on McpServerBase { id name status tools(first: 5) { totalCount nodes { name description } } }
    }
  }
}
`

const add = `# Adds a server, and starts listing its tools.
mutation Add($input: CreateMcpServerInput!) {
  createMcpServer(input: $input) {
    __typename
    ... on CreateMcpServerPayload { server { ... on McpServerBase { id name status } } refresh { id } }
    ... on UserError { code message path }
  }
}
`
const addVariables = {
  input: {
    name: 'everything',
    config: { stdio: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] } },
  },
}

const watch = `# Follows what happens to all servers, until you stop it.
subscription Watch {
  mcpServerEvents {
    __typename
    ... on McpServerCreated { server { ... on McpServerBase { name } } }
    ... on McpServerStatusChanged { from to server { ... on McpServerBase { name } } }
    ... on McpServerToolsChanged { server { ... on McpServerBase { name tools(first: 1) { totalCount } } } }
    ... on McpToolRunPaused { run { id toolName } }
  }
}
`

const run = `# Runs a tool, and waits for its result.
mutation Run($input: RunMcpToolInput!) {
  runMcpTool(input: $input) {
    __typename
    ... on RunMcpToolPayload { run { id status durationMs error { code message } result { funcReturn } } }
    ... on ToolArgsError { issues { pointer message } }
    ... on UserError { code message path }
  }
}
`
const runVariables = {
  input: { tool: { qualified: { server: 'everything', tool: 'echo' } }, args: { message: 'hello' } },
}

const asText = (variables: object) => JSON.stringify(variables, undefined, 2)

/** What GraphiQL opens with: list, add, watch, run. */
export const firstTabs: readonly GraphiQLTab[] = [
  { query: servers },
  { query: add, variables: asText(addVariables) },
  { query: watch },
  { query: run, variables: asText(runVariables) },
]
