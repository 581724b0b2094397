import { randomBytes } from 'node:crypto'
import type { GraphiQLOptions, Plugin } from 'graphql-yoga'

const firstQuery = `# Registered servers. Add one with createMcpServer; see the docs at the left.
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

const options: GraphiQLOptions = { title: 'toolyard', subscriptionsProtocol: 'WS', defaultQuery: firstQuery }

/** Where keys are asked for: one is put into the tab of headers, which goes with event streams and not with sockets. */
const optionsWithKeys: GraphiQLOptions = {
  ...options,
  subscriptionsProtocol: 'SSE',
  defaultHeaders: '{\n  "Authorization": "Bearer "\n}',
  defaultEditorToolsVisibility: 'headers',
  // They would lie in the browser's storage in clear.
  shouldPersistHeaders: false,
}

/** Only what the page has in itself, and this server. Its editor sets styles and runs its workers from blobs. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    'worker-src blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The page has one script, and begins with it: what looks like a tag further on is text in the script. */
function withNonce(page: string, nonce: string): string {
  const tag = '<script>'
  const at = page.indexOf(tag, page.indexOf('<body'))
  if (at === -1) throw new Error('expected a script in the page of GraphiQL')
  return `${page.slice(0, at)}<script nonce="${nonce}">${page.slice(at + tag.length)}`
}

/** Gives browsers GraphiQL, which holds nothing: whoever it is may have the page, and needs a key to ask. */
export const showGraphiQL = (path: string, asksForKeys: boolean): Plugin => ({
  async onRequest({ request, url, fetchAPI, endResponse }) {
    if (request.method !== 'GET' || url.pathname !== path) return
    if (!request.headers.get('accept')?.includes('text/html')) return
    // Loaded with the first page: its text is several megabytes, which a server without browsers never needs.
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    const nonce = randomBytes(16).toString('base64')
    const page = withNonce(renderGraphiQL(asksForKeys ? optionsWithKeys : options), nonce)
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(nonce),
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    }
    endResponse(new fetchAPI.Response(page, { headers }))
  },
})
