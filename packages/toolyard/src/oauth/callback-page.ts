import { hash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'

export interface CallbackPage {
  readonly status: number
  readonly title: string
  /** Paragraphs. */
  readonly text: readonly string[]
  /** Follows the title. */
  readonly serverName?: string
  readonly link?: { readonly href: string; readonly text: string } | undefined
}

const style = `
:root { color-scheme: light dark; --page: #f8f9fa; --card: #fff; --line: #dee2e6; --text: #212529; --quiet: #495057; --good: #087f5b; --bad: #c92a2a }
@media (prefers-color-scheme: dark) {
  :root { --page: #141414; --card: #1f1f1f; --line: #424242; --text: #e9ecef; --quiet: #b8b8b8; --good: #63e6be; --bad: #ffa8a8 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, sans-serif }
main { width: 100%; max-width: 32rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--bad); border-radius: .5rem; overflow-wrap: anywhere }
main.done { border-top-color: var(--good) }
small { color: var(--quiet); letter-spacing: .04em }
h1 { margin: .25rem 0 1rem; font-size: 1.5rem; line-height: 1.3 }
p { margin: .75rem 0 0 }
a { display: inline-block; margin-top: 1.5rem; color: var(--good); font-weight: 600 }
a:focus-visible { outline: 2px solid var(--good); outline-offset: 4px }
`

/** The page runs nothing, loads nothing, and is in no frame. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The address of the page has a code and a state: no cache keeps them, and no other page learns of them. */
export const pageHeaders: OutgoingHttpHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

export function renderPage({ status, title, text, serverName, link }: CallbackPage): string {
  // A name may be written from right to left.
  const heading = serverName === undefined ? escaped(title) : `${escaped(title)}: <bdi>${escaped(serverName)}</bdi>`
  const paragraphs = text.map((each) => `<p>${escaped(each)}</p>`).join('\n')
  const anchor = link ? `\n<a href="${escaped(link.href)}">${escaped(link.text)}</a>` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(serverName === undefined ? title : `${title}: ${serverName}`)} · toolyard</title>
<style>${style}</style>
</head>
<body>
<main${status === 200 ? ' class="done"' : ''}>
<small>toolyard</small>
<h1>${heading}</h1>
${paragraphs}${anchor}
</main>
</body>
</html>
`
}
