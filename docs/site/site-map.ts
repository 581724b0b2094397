import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the pages are assembled that VitePress reads. */
export const pagesFolder = fileURLToPath(new URL('../.vitepress/pages/', import.meta.url))

/** Pages of the site that are files of the repository outside docs/. */
const elsewhere: Readonly<Record<string, string>> = {
  'CONTRIBUTING.md': 'contributing.md',
  'README.md': 'repository.md',
  'SECURITY.md': 'security.md',
  'packages/core/README.md': 'packages/core.md',
  'packages/core/src/README.md': 'packages/core-rooms.md',
  'packages/graphql/README.md': 'packages/graphql.md',
  'packages/toolyard/README.md': 'packages/toolyard.md',
  'packages/examples/agent-tools/README.md': 'examples/agent-tools.md',
  'packages/examples/approvals/README.md': 'examples/approvals.md',
  'packages/examples/embedded-service/README.md': 'examples/embedded-service.md',
  'test/bench/README.md': 'benchmark.md',
}

/** For each Markdown file of the repository that is a page: its path on the site. */
export function siteMap(): ReadonlyMap<string, string> {
  const own = readdirSync(new URL('..', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name): [string, string] => [`docs/${name}`, name === 'README.md' ? 'index.md' : name])
  return new Map([...own, ...Object.entries(elsewhere)])
}

/** The page that shows a file, or lists a folder, of the repository that is no page itself. */
export function sourcePage(path: string): string {
  return `source/${path.replaceAll('.', '-')}.md`
}
