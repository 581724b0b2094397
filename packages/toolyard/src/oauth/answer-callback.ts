import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from '@toolyard/core'
import { type BrowserCookies, browserOf } from './browser-cookies.ts'
import { connected, failed, isUnderWay, malformed, otherBrowser, refusalOf } from './callback-outcome.ts'
import { type CallbackPage, pageHeaders, renderPage } from './callback-page.ts'
import { readAnswer } from './read-answer.ts'

export interface CallbackDeps {
  readonly registry: Pick<Registry, 'tenant'>
  readonly cookies: BrowserCookies
  /** Whether a tenant is known: a cookie may name any. */
  readonly hasTenant: (name: string) => boolean
  /** Whether pages link to the console. */
  readonly hasConsole: boolean
  /** Receives each unexpected error. */
  readonly onError: (error: unknown) => void
}

interface Outcome {
  readonly page: CallbackPage
  readonly cookie?: string
}

async function outcomeOf({ url = '', headers }: IncomingMessage, deps: CallbackDeps): Promise<Outcome> {
  const { registry, cookies, hasTenant, hasConsole, onError } = deps
  const link = hasConsole ? { href: '../', text: 'Open the console' } : undefined
  const answer = readAnswer(url.slice(url.indexOf('?') + 1))
  if (!url.includes('?') || answer === undefined) return { page: { ...malformed, link } }
  const browser = browserOf(headers.cookie, answer.state)
  // Nothing of a tenant is opened for a cookie that this server cannot have set.
  if (browser === undefined || !hasTenant(browser.tenant)) return { page: { ...otherBrowser, link } }
  const cookie = cookies.clear(answer.state)
  try {
    const { servers } = registry.tenant(browser.tenant)
    const server = await servers.completeAuth(answer, { browser: browser.secret })
    const toServer = { href: `../servers/${encodeURIComponent(server.id)}`, text: 'Open the server in the console' }
    return { page: { ...connected(server), link: hasConsole ? toServer : undefined }, cookie }
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) onError(error)
    return { page: { ...(refusal ?? failed), link }, ...(isUnderWay(error) ? {} : { cookie }) }
  }
}

/** Completes an authorization for the browser that began it, and answers a page that says so. Never rejects. */
export async function answerCallback(
  request: IncomingMessage,
  response: ServerResponse,
  deps: CallbackDeps,
): Promise<void> {
  if (request.method !== 'GET') {
    response.writeHead(405, { ...pageHeaders, allow: 'GET' }).end()
    return
  }
  const { page, cookie } = await outcomeOf(request, deps)
  const headers = cookie === undefined ? pageHeaders : { ...pageHeaders, 'set-cookie': cookie }
  response.writeHead(page.status, headers).end(renderPage(page))
}
