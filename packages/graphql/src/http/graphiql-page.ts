import { randomBytes } from 'node:crypto'
import type { GraphiQLOptions, Plugin } from 'graphql-yoga'
import { createFetcher, type EventBudget } from './graphiql-fetcher.ts'
import { firstTabs } from './graphiql-tabs.ts'

const options: GraphiQLOptions = { title: 'toolyard', defaultTabs: [...firstTabs] }

/** Options for servers that require a key, which is entered as a header. */
const keyHeaders = '{\n  "Authorization": "Bearer "\n}'
const optionsWithKeys: GraphiQLOptions = {
  ...options,
  defaultTabs: firstTabs.map((tab) => ({ ...tab, headers: keyHeaders })),
  defaultHeaders: keyHeaders,
  defaultEditorToolsVisibility: 'headers',
  // The browser would store the key in plaintext.
  shouldPersistHeaders: false,
}

/** Allows the page its own content and this server. Its editor sets styles and runs its workers from blobs. */
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

/** Marks the page's only script, which comes first in the body: later tags are text in the script. */
function withNonce(page: string, nonce: string): string {
  const tag = '<script>'
  const at = page.indexOf(tag, page.indexOf('<body'))
  if (at === -1) throw new Error('expected a script in the page of GraphiQL')
  return `${page.slice(0, at)}<script nonce="${nonce}">${page.slice(at + tag.length)}`
}

/** What a tab shows of a subscription: its editor slows down with more. */
const budget: EventBudget = { events: 100, characters: 200_000 }

/** Passes the fetcher to the page, whose options are JSON. */
function withFetcher(page: string, path: string): string {
  const call = page.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL(')
  const at = page.indexOf('{', call) + 1
  if (call === -1 || at === 0) throw new Error('expected the options in the page of GraphiQL')
  const fetcher = `(${createFetcher})(${JSON.stringify(path)}, ${JSON.stringify(budget)})`
  return `${page.slice(0, at)}"fetcher": ${fetcher}, ${page.slice(at)}`
}

/** Serves GraphiQL to browsers. The page contains no data and needs no key; its queries do. */
export const showGraphiQL = (path: string, requiresKey: boolean): Plugin => ({
  async onRequest({ request, url, fetchAPI, endResponse }) {
    if (request.method !== 'GET' || url.pathname !== path) return
    if (!request.headers.get('accept')?.includes('text/html')) return
    // Loaded on the first request: a server without browsers never needs its several megabytes.
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    const nonce = randomBytes(16).toString('base64')
    const page = withNonce(withFetcher(renderGraphiQL(requiresKey ? optionsWithKeys : options), path), nonce)
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
