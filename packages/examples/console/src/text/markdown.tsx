import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'
import { useEffect, useRef } from 'react'

/** What a text can be made of. No pictures from elsewhere, which would tell who reads it; no styles, ids and forms. */
const allowed = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code'],
    ...['em', 'strong', 'del', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'align', 'start'],
  ALLOWED_URI_REGEXP: /^(https?:|mailto:)/i,
  RETURN_DOM_FRAGMENT: true,
} as const

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// Markup in it stays text: a browser never has it to parse.
const markdown = new Marked({
  gfm: true,
  renderer: { html: ({ text }: Tokens.HTML | Tokens.Tag) => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? '') },
})

/** Markdown that somebody else wrote, without anything that acts. */
export default function Markdown({ text }: { readonly text: string }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const html = markdown.parse(text, { async: false })
    const content = DOMPurify.sanitize(html, {
      ...allowed,
      ALLOWED_TAGS: [...allowed.ALLOWED_TAGS],
      ALLOWED_ATTR: [...allowed.ALLOWED_ATTR],
    })
    for (const link of content.querySelectorAll('a')) {
      link.target = '_blank'
      link.rel = 'noopener noreferrer nofollow'
    }
    place.current?.replaceChildren(content)
  }, [text])
  return <div className="markdown" dir="auto" ref={place} />
}
