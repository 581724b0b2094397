import DOMPurify from 'dompurify'
import { Marked } from 'marked'
import { useEffect, useRef } from 'react'

/** Allowed markup. No remote images, which would reveal the reader; no styles, ids or forms. */
const allowed = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code'],
    ...['em', 'strong', 'del', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'align', 'start'],
  ALLOWED_URI_REGEXP: /^(https?:|mailto:)/i,
  RETURN_DOM_FRAGMENT: true,
} as const

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Escapes HTML, so that no HTML parser sees it: browsers report policy violations even if nothing runs. */
const marked = new Marked({
  async: false,
  gfm: true,
  renderer: { html: ({ text }) => text.replace(/[&<>]/g, (character) => escapes[character] ?? '') },
})

/** Returns undefined if the parser fails: nested quotes and lists can exhaust the stack. */
function toHtml(text: string): string | undefined {
  try {
    return marked.parse(text, { async: false })
  } catch {
    return undefined
  }
}

/** Adds the host that a link leads to, unless its text is the address: a text may name another one. */
function showTarget(link: HTMLAnchorElement): void {
  if (link.href === '' || link.textContent === link.getAttribute('href')) return
  const { host, protocol } = new URL(link.href)
  const target = document.createElement('span')
  target.className = 'quiet'
  target.textContent = protocol === 'mailto:' ? ' (mail)' : ` (${host})`
  link.after(target)
}

/** Renders foreign Markdown without active content, or as text if it cannot be parsed. */
export default function Markdown({ text }: { readonly text: string }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const html = toHtml(text)
    if (html === undefined) {
      place.current?.replaceChildren(text)
      return
    }
    const content = DOMPurify.sanitize(html, {
      ...allowed,
      ALLOWED_TAGS: [...allowed.ALLOWED_TAGS],
      ALLOWED_ATTR: [...allowed.ALLOWED_ATTR],
    })
    for (const link of content.querySelectorAll('a')) {
      link.target = '_blank'
      link.rel = 'noopener noreferrer nofollow'
      showTarget(link)
    }
    place.current?.replaceChildren(content)
  }, [text])
  return <div className="markdown" dir="auto" ref={place} />
}
