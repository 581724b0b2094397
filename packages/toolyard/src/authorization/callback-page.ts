import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { printable } from '../output/printable.ts'

/** A page of one heading and one sentence for the browser that comes back. */
export interface CallbackPage {
  readonly status: 200 | 400 | 404 | 405 | 409
  readonly title: string
  readonly text: string
}

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32em;padding:0 1em}'

/** The page loads nothing, runs nothing, and is framed by nothing. Its address has a code, which no cache keeps. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  connection: 'close',
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? character)

/** Answers with the page, and ends the connection. */
export function answerPage(response: ServerResponse, { status, title, text }: CallbackPage): void {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style><h1>${escaped(title)}</h1><p>${escaped(text)}</p></html>`
  response.writeHead(status, { ...headers, ...(status === 405 ? { allow: 'GET' } : {}) }).end(body)
}
