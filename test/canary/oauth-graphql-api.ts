import type { Transport } from './graphql-session.ts'
import type { LeakDetector } from './leak-detector.ts'
import type { Begun, OAuthApi } from './oauth-session.ts'

const userError = '... on UserError { __typename code message path } ... on McpError { code message }'
const server = `... on McpServerBase { id name status health { lastError { code message } } }
  ... on StreamableHttpMcpServer { serverUrl auth { ... on OAuthAuth { status reason issuer clientId clientRegistration scopes requestedScopes expiresAt } } }`
const create = `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) { ... on CreateMcpServerPayload { server { ${server} } } ... on UserError { code message path } } }`
const begin = `mutation ($input: BeginMcpAuthInput!) { beginMcpAuth(input: $input) { ... on BeginMcpAuthPayload { authorizationUrl state } ${userError} } }`
const complete = `mutation ($input: CompleteMcpAuthInput!) { completeMcpAuth(input: $input) { ... on CompleteMcpAuthPayload { server { ${server} } } ${userError} } }`
const disconnect = `mutation ($input: DisconnectMcpAuthInput!) { disconnectMcpAuth(input: $input) { ... on CompleteMcpAuthPayload { server { ${server} } } ${userError} } }`
const refresh = `mutation ($input: RefreshMcpServerInput!) { refreshMcpServer(input: $input) { ... on RefreshMcpServerPayload { refresh { id status error { code message } } } ... on UserError { code message } } }`
const run = `mutation ($input: RunMcpToolInput!) { runMcpTool(input: $input) { ... on RunMcpToolPayload { run { id status error { code message } result { funcReturn } } } ... on UserError { code message } } }`
const all = `{ mcpServers { nodes { ${server} } } toolRuns(first: 50) { nodes { error { code message } } } auditEvents(first: 100) { nodes { action actor refusedWith targetName fields } } exportMcpServers(format: MCP_SERVERS_JSON) { text } }`

interface Answers {
  readonly createMcpServer?: { readonly server?: { readonly id: string } }
  readonly beginMcpAuth?: Partial<Begun>
}

/** The GraphQL API over one transport, which shows its detector all but the answers that have a state. */
export function oauthGraphql({ ask }: Transport, { watch }: LeakDetector): OAuthApi {
  const told = async (query: string, input: object): Promise<Answers> =>
    // As the documents above ask.
    ((await watch(query.slice(0, 60), () => ask(query, { input })))?.data ?? {}) as Answers
  const secretOf = (value: unknown) => (typeof value === 'string' ? { literal: value } : undefined)
  return {
    async create(name, serverUrl, { idp, ...oauth }) {
      const given = {
        ...oauth,
        clientSecret: secretOf(oauth.clientSecret),
        privateKey: secretOf(oauth.privateKey),
        assertion: secretOf(oauth.assertion),
        idp: idp && { ...idp, clientSecret: secretOf(idp.clientSecret), idToken: secretOf(idp.idToken) },
      }
      const config = { streamableHttp: { serverUrl, auth: { oauth: given } } }
      return (await told(create, { name, config, refresh: false })).createMcpServer?.server?.id ?? ''
    },
    async begin(serverId, redirectUri) {
      // Its answer has the state, and is seen by the caller of this alone.
      const { data } = await ask(begin, { input: { serverId, redirectUri } })
      const { authorizationUrl, state } = (data as Answers | undefined)?.beginMcpAuth ?? {}
      return authorizationUrl === undefined || state === undefined ? undefined : { authorizationUrl, state }
    },
    complete: async (answer) => void (await told(complete, answer)),
    refresh: async (id) => void (await told(refresh, { id, wait: true })),
    run: async (name, tool) =>
      void (await told(run, { tool: { qualified: { server: name, tool } }, args: { text: 'a' }, timeoutMs: 10_000 })),
    disconnect: async (serverId) => void (await told(disconnect, { serverId })),
    look: async () => void (await told(all, {})),
  }
}
