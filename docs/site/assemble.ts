import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { commandReference } from './command-reference.ts'
import { pageOf } from './page.ts'
import { readSchema, schemaReference } from './schema-reference.ts'
import { pagesFolder, root, siteMap, sourcePage } from './site-map.ts'
import { sourcePages } from './source-pages.ts'

function write(path: string, text: string): void {
  const file = join(pagesFolder, path)
  mkdirSync(dirname(file), { recursive: true })
  // An unchanged page is not built again while VitePress serves.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

/** Writes the pages of the repository, and those that show the files they link to. */
export function assembleGuides(): void {
  const pages = siteMap()
  const shown = new Set<string>(['packages/graphql/schema.graphql'])
  const links = {
    page: (path: string) => pages.get(path),
    source(path: string) {
      if (!existsSync(join(root, path))) throw new Error(`A page links to ${path}, which is not in the repository`)
      shown.add(path)
      return sourcePage(path)
    },
  }
  for (const [path, page] of pages) write(page, pageOf(path, readFileSync(join(root, path), 'utf8'), links))
  for (const [path, text] of sourcePages(shown)) write(path, text)
  cpSync(join(root, 'docs/images'), join(pagesFolder, 'public/images'), { recursive: true })
}

/** Writes all pages but the reference of the library, from nothing. */
export async function assemble(): Promise<void> {
  rmSync(pagesFolder, { recursive: true, force: true })
  assembleGuides()
  write('reference/commands.md', await commandReference())
  for (const [path, text] of schemaReference(readSchema(root))) write(path, text)
}
