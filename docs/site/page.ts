import { join } from 'node:path/posix'

/** Where a link leads: a page of the site, a file that is served as it is, or a file of the repository to show. */
export interface Links {
  /** The page of a Markdown file of the repository; undefined for any other file. */
  page(path: string): string | undefined
  /** The page that shows any other file, or lists a folder. */
  source(path: string): string
}

/** Fenced code, which stays as it is, and inline code: both are matched so that no link is looked for in them. */
const codeOrLink = /^( *)```[\s\S]*?^\1```|(`+)[^`][\s\S]*?\2|(!?\[[^\]]*\])\(([^)\s]+)\)/gm

function targetOf(from: string, target: string, links: Links): string {
  if (/^(https?:|mailto:|#)/.test(target)) return target
  const [file = '', anchor] = target.split('#')
  const path = join(from, '..', file).replace(/\/$/, '')
  if (path.startsWith('docs/images/')) return path.slice('docs'.length)
  const page = links.page(path) ?? links.source(path)
  return `/${page}${anchor === undefined ? '' : `#${anchor}`}`
}

/** A page of the site from a Markdown file of the repository: its links lead to pages, and no comment is left. */
export function pageOf(path: string, text: string, links: Links): string {
  const linked = text.replaceAll(codeOrLink, (all: string, _indent, _ticks, label?: string, target?: string) =>
    label === undefined || target === undefined ? all : `${label}(${targetOf(path, target, links)})`,
  )
  return linked.replaceAll(/^ *<!--[\s\S]*?-->\n/gm, '')
}
