import { hostileConfigs, toolNames } from './hostile-servers.ts'
import type { LeakDetector } from './leak-detector.ts'
import type { Markers } from './markers.ts'
import { oauthConfigs } from './oauth-configs.ts'

/** A way to the API. What comes back is seen as it comes; the answer is only for what is asked next. */
export interface Transport {
  readonly name: string
  /** Whether the registry behind it has a provider of secrets. */
  readonly hasProvider: boolean
  /** The last payload of a query, a mutation, or a subscription that ends. */
  ask(query: string, variables: object): Promise<{ readonly data?: unknown }>
}

const secretEntry = '{ name isSet source reference hint }'
const server = `... on McpServerBase { id name status instructions serverInfo { name title version } health { lastError { message code stderrTail } } }
  ... on StdioMcpServer { command args env ${secretEntry} }
  ... on StreamableHttpMcpServer { serverUrl customHeaders ${secretEntry} auth { ... on HeaderAuth { header token ${secretEntry} } ... on OAuthAuth { clientId issuer reason scopes } } }
  ... on SseMcpServer { customHeaders ${secretEntry} auth { ... on HeaderAuth { header token ${secretEntry} } ... on OAuthAuth { clientId issuer reason scopes } } }`
const userError = '... on UserError { __typename code message path }'
const error = 'error { message code stderrTail }'
const result = 'result { status funcReturn stdout stderr structuredContent meta }'
const create = `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) { ... on CreateMcpServerPayload { server { ${server} } } ${userError} } }`
const update = `mutation ($input: UpdateMcpServerInput!) { updateMcpServer(input: $input) { ... on UpdateMcpServerPayload { changed server { ${server} } } ${userError} } }`
const refresh = `mutation ($input: RefreshMcpServerInput!) { refreshMcpServer(input: $input) { ... on RefreshMcpServerPayload { refresh { id status ${error} } } ${userError} } }`
const run = `mutation ($input: RunMcpToolInput!) { runMcpTool(input: $input) { ... on RunMcpToolPayload { run { id status ${error} ${result} } } ${userError} } }`
const refreshEvents = `subscription ($id: ID!) { mcpServerRefreshEvents(refreshId: $id) { __typename ... on RefreshLog { stream text } ... on RefreshFinished { refresh { ${error} } } } }`
const runEvents = `subscription ($id: ID!) { toolRunEvents(runId: $id) { __typename ... on ToolRunProgress { message } ... on ToolRunOutput { stream text } ... on ToolRunFinished { run { ${error} ${result} } } } }`
const audit = '{ auditEvents(first: 100) { totalCount nodes { action actor refusedWith targetId targetName fields } } }'
const approve = `mutation ($id: ID!, $digest: String!) { approveMcpTool(input: { id: $id, digest: $digest }) { ... on ApproveMcpToolPayload { tool { name quarantine { digest definition } } } ${userError} } }`
const remove = `mutation ($id: ID!) { deleteMcpServer(input: { id: $id }) { ... on DeleteMcpServerPayload { deletedServerId } ${userError} } }`
const entry = `name outcome ignored server { ${server} } error { message code path }`
const importServers = `mutation ($input: ImportMcpServersInput!) { importMcpServers(input: $input) { ... on ImportMcpServersPayload { entries { ${entry} } requiredVariables { name description default } } ${userError} } }`
const exportServers = `query ($format: ImportFormat!) { exportMcpServers(format: $format) { text variables { name description default } skipped { name reason } omitted { name members } } }`
const formats = [
  'MCP_SERVERS_JSON',
  'VSCODE_JSON',
  'ZED_JSON',
  'CODEX_TOML',
  'GEMINI_JSON',
  'SERVER_JSON',
  'LETTA_JSON',
]
const feed = 'subscription ($after: Cursor) { mcpServerEvents(after: $after) { __typename } }'
const lists = `{ mcpServers { nodes { ${server} } } toolRuns(first: 50) { nodes { ${error} ${result} args metadata } } }`

/** The first string of this name, however deep. */
function find(value: unknown, key: string): string {
  if (typeof value !== 'object' || value === null) return ''
  const own = Object.entries(value).find(([name, each]) => name === key && typeof each === 'string')?.[1]
  return typeof own === 'string'
    ? own
    : (Object.values(value)
        .map((each) => find(each, key))
        .find((text) => text !== '') ?? '')
}

type Secret = string | { readonly env: string } | { readonly provider: string } | undefined
const secretInput = (value: Secret) => (typeof value === 'string' ? { literal: value } : value)
const pairs = (record: Readonly<Record<string, unknown>> = {}) =>
  // As hostileConfigs makes them.
  Object.entries(record).map(([name, value]) => ({ name, value: secretInput(value as Secret) }))

/** Every operation of the API, as it succeeds and as it fails, over one transport. */
export async function graphqlSession(
  { name: over, ask, hasProvider }: Transport,
  url: string,
  markers: Markers,
  { watch }: LeakDetector,
) {
  const variables = [{ name: 'CANARY', value: markers.variable }]
  const tell = (query: string, given: object) => watch(`${over}: ${query.slice(0, 60)}`, () => ask(query, given))
  // The casts below: as hostileConfigs makes them.
  for (const [kind, config] of Object.entries(hostileConfigs(url, markers, hasProvider))) {
    const input =
      config.transport === 'stdio'
        ? { stdio: { command: config.command, args: config.args ?? [], env: pairs(config.env) } }
        : {
            [config.transport]: {
              serverUrl: config.serverUrl,
              auth: config.auth && {
                header: {
                  header: config.auth.header ?? 'Authorization',
                  token: secretInput(config.auth.token as Secret),
                },
              },
              customHeaders: pairs(config.customHeaders),
            },
          }
    const name = `${over} ${kind}`
    const id = find(await tell(create, { input: { name, config: input, refresh: false } }), 'id')
    await tell(create, { input: { name, config: input } })
    await tell(refresh, { input: { id, wait: true } })
    const refreshId = find(await tell(refresh, { input: { id, wait: true, variables } }), 'id')
    await tell(refreshEvents, { id: refreshId })
    for (const tool of toolNames) {
      const runId = find(
        await tell(run, { input: { tool: { qualified: { server: name, tool } }, variables, timeoutMs: 10_000 } }),
        'id',
      )
      if (runId !== '') await tell(runEvents, { id: runId })
    }
    if (config.transport === 'stdio') continue
    const patch = (value: object) => ({
      input: { id, config: { [config.transport]: { setHeaders: [{ name: 'X-New', value }] } } },
    })
    await tell(update, patch({ literal: markers.replacedHeader }))
    await tell(update, patch({ literal: `${markers.refusedInput}\n` }))
    await tell(update, patch({ literal: markers.refusedInput, env: markers.refusedInput }))
    await tell(update, patch({ wrong: markers.refusedInput }))
  }
  const secretOf = (value: unknown) => (typeof value === 'string' ? { literal: value } : undefined)
  for (const [kind, { idp, ...oauth }] of Object.entries(oauthConfigs(markers.token))) {
    const { clientSecret, privateKey, assertion } = oauth
    const given = {
      ...oauth,
      clientSecret: secretOf(clientSecret),
      privateKey: secretOf(privateKey),
      assertion: secretOf(assertion),
      idp: idp && { ...idp, clientSecret: secretOf(idp.clientSecret), idToken: secretOf(idp.idToken) },
    }
    const config = { streamableHttp: { serverUrl: url, auth: { oauth: given } } }
    await tell(create, { input: { name: `${over} OAuth ${kind}`, config, refresh: false } })
    await tell(create, { input: { name: 'x', config: { streamableHttp: { serverUrl: url, auth: { oauth } } } } })
  }
  const { refusedInput } = markers
  const mcpServers = {
    [`${over} imported`]: {
      command: 'none',
      disabled: true,
      env: { A: markers.env, B: `\${B:-${markers.env}}`, C: `\${C}` },
    },
    [`${over} imported over HTTP`]: {
      url,
      headers: { Authorization: `Bearer ${markers.token}`, 'X-Own': markers.header },
    },
    'refused auth': { url: 'http://127.0.0.1:1/', headers: { Authorization: `Bearer ${refusedInput}\n` } },
    'refused url': { url: `http://me:${refusedInput}@127.0.0.1/` },
    [`${over} imported OAuth`]: { url, disabled: true, oauth: { clientId: 'a', clientSecret: markers.token } },
    'refused OAuth': { url, oauth: { scopes: [`${refusedInput} `], clientId: `${refusedInput}\n`, idp: refusedInput } },
    'refused kinds': { command: { a: refusedInput }, env: refusedInput },
  }
  const text = JSON.stringify({ mcpServers })
  const values = [{ name: 'C', value: { literal: markers.env } }]
  await tell(importServers, { input: { source: { json: { mcpServers } }, dryRun: true } })
  await tell(importServers, { input: { source: { text: { text } }, variables: values } })
  for (const end of [40, 90, 130, 200]) {
    await tell(importServers, { input: { source: { text: { text: text.slice(0, end) } } } })
    await tell(importServers, { input: { source: { text: { text: text.slice(0, end), format: 'CODEX_TOML' } } } })
  }
  await tell(importServers, { input: { source: { registry: { name: 'a/b', baseUrl: refusedInput } } } })
  await tell(importServers, { input: { source: refusedInput } })
  for (const format of formats) await tell(exportServers, { format })
  const inline = JSON.stringify(refusedInput)
  await tell(`mutation { createMcpServer(input: { name: ${inline}, config: ${inline} }) { __typename } }`, {})
  await tell(
    `mutation { createMcpServer(input: { config: { stdio: { env: [{ name: "A", value: ${inline} }] } } }) { __typename } }`,
    {},
  )
  await tell(`mutation { createMcpServer(${inline}`, {})
  await tell(feed, { after: markers.refusedInput })
  await tell(lists, {})
  const tools = await tell('{ mcpTools(first: 1, filter: { quarantined: false }) { nodes { id schemaDigest } } }', {})
  await tell(approve, { id: find(tools, 'id'), digest: find(tools, 'schemaDigest') })
  await tell(remove, { id: find(await tell('{ mcpServers(first: 1) { nodes { ... on Node { id } } } }', {}), 'id') })
  await tell(audit, {})
}
