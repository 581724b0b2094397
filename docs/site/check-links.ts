import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'

export interface LinkReport {
  readonly pages: number
  readonly links: number
  /** `page.html: target`, for each link inside the site that leads nowhere. */
  readonly broken: readonly string[]
}

const decode = (text: string) => decodeURIComponent(text.replaceAll('&amp;', '&'))
const attributes = (html: string, name: string) =>
  [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => decode(value))

/** Follows every link, image and script of a built site that leads inside it, to its page and its heading. */
export function checkLinks(folder: string): LinkReport {
  const pages = globSync('**/*.html', { cwd: folder }).map((path) => path.replaceAll('\\', '/'))
  const html = new Map(pages.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
  const ids = new Map([...html].map(([path, text]) => [path, new Set(attributes(text, 'id'))]))
  const broken: string[] = []
  let links = 0
  for (const [path, text] of html) {
    for (const target of [...attributes(text, 'href'), ...attributes(text, 'src')]) {
      if (/^[a-z][a-z+.-]*:/i.test(target)) continue
      links += 1
      const [file = '', anchor = ''] = target.split('#')
      const absolute = file === '' ? path : file.startsWith('/') ? file.slice(1) : join(dirname(path), file)
      const to = absolute === '' || absolute.endsWith('/') ? `${absolute}index.html` : absolute
      const isThere = ids.get(to)?.has(anchor) ?? false
      if (anchor === '' ? !existsSync(join(folder, to)) : !isThere) broken.push(`${path}: ${target}`)
    }
  }
  return { pages: pages.length, links, broken: [...new Set(broken)] }
}
