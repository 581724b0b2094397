import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { root, sourcePage } from './site-map.ts'

/** Names of languages, for the colours of code; any other file is plain text. */
const languages: Readonly<Record<string, string>> = {
  '.graphql': 'graphql',
  '.json': 'json',
  '.ts': 'ts',
  '.tsx': 'tsx',
  '.cjs': 'js',
  '.yaml': 'yaml',
}

const frontmatter = '---\nsearch: false\neditLink: false\n---\n\n'

/** A page of its own shows a README, and a manifest says nothing of what a folder does. */
const isShown = (entry: Dirent) => entry.isFile() && entry.name !== 'package.json' && !entry.name.endsWith('.md')

function listing(path: string): string {
  const entries = readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => isShown(entry))
    .map(({ name }) => `- [${name}](/${sourcePage(`${path}/${name}`)})`)
  return `${frontmatter}# ${path}\n\n${entries.join('\n')}\n`
}

function file(path: string): string {
  const text = readFileSync(join(root, path), 'utf8')
  const language = languages[extname(path)] ?? 'txt'
  return `${frontmatter}# ${path}\n\n\`\`\`\`${language}\n${text}\n\`\`\`\`\n`
}

/** The pages that show these files of the repository, and those in these folders: by path on the site. */
export function sourcePages(paths: Iterable<string>): ReadonlyMap<string, string> {
  const pages = new Map<string, string>()
  for (const path of paths) {
    if (!statSync(join(root, path)).isDirectory()) {
      pages.set(sourcePage(path), file(path))
      continue
    }
    pages.set(sourcePage(path), listing(path))
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const inside = `${path}/${entry.name}`
      if (isShown(entry)) pages.set(sourcePage(inside), file(inside))
    }
  }
  return pages
}
