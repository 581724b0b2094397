import DOMPurify from 'dompurify'
import { Marked } from 'marked'

/** The anchor that GitHub makes of a heading, which the links of the pages name. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * Where a link of a page leads within the console: another page, or a heading. Undefined for files of the repository, which
 * the console does not have; addresses stay.
 */
export function hrefOf(target: string): string | undefined {
  if (/^(https?:|#)/.test(target)) return target
  const [, page, anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(target) ?? []
  if (page === undefined) return undefined
  return page === 'README' ? `/docs${anchor}` : `/docs/${page}${anchor}`
}

const marked = new Marked({
  async: false,
  gfm: true,
  renderer: {
    heading({ tokens, depth, text }) {
      const id = anchorOf(text.replaceAll('`', ''))
      return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`
    },
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens)
      const to = hrefOf(href)
      return to === undefined ? words : `<a href="${to.replaceAll('"', '&quot;')}">${words}</a>`
    },
    // The console shows itself.
    image: () => '',
    html: () => '',
  },
})

/** A page of the documentation as nodes, with its links leading to the console's own pages. */
export function docsNodes(text: string): DocumentFragment {
  const content = DOMPurify.sanitize(marked.parse(text, { async: false }), { RETURN_DOM_FRAGMENT: true })
  for (const link of content.querySelectorAll('a'))
    if (/^https?:/.test(link.getAttribute('href') ?? '')) {
      link.target = '_blank'
      link.rel = 'noopener noreferrer'
    }
  // A wide one scrolls, also by the keyboard.
  for (const each of content.querySelectorAll<HTMLElement>('pre, table')) each.tabIndex = 0
  return content
}
