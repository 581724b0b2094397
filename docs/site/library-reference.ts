import { fileURLToPath } from 'node:url'
import { Application, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { pagesFolder, root } from './site-map.ts'

/** The public entries of the packages: what is imported, and its source. */
const entries: Readonly<Record<string, string>> = {
  '@toolyard/core': 'packages/core/src/index.ts',
  '@toolyard/core/sqlite': 'packages/core/src/storage/sqlite.ts',
  '@toolyard/core/postgres': 'packages/core/src/storage/postgres.ts',
  '@toolyard/core/ai-sdk': 'packages/core/src/ai-sdk/tool-set.ts',
  '@toolyard/graphql': 'packages/graphql/src/index.ts',
  '@toolyard/graphql/client': 'packages/graphql/src/client/index.ts',
  '@toolyard/graphql/client/documents': 'packages/graphql/src/client/document.ts',
  'toolyard/api-keys': 'packages/toolyard/src/keys/open-api-keys.ts',
}

const libraryFolder = `${pagesFolder}reference/library`

const options: TypeDocOptions & Partial<PluginOptions> = {
  entryPoints: Object.values(entries).map((path) => `${root}${path}`),
  tsconfig: fileURLToPath(new URL('tsconfig.library.json', import.meta.url)),
  plugin: [fileURLToPath(import.meta.resolve('typedoc-plugin-markdown'))],
  outputs: [{ name: 'markdown', path: libraryFolder }],
  router: 'kind',
  // The packages' own build checks the types, with their version of TypeScript.
  skipErrorChecking: true,
  readme: 'none',
  entryFileName: 'index',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  githubPages: false,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: false,
  useCodeBlocks: true,
  enumMembersFormat: 'table',
  logLevel: 'Error',
}

const importedName = (name: string) =>
  Object.entries(entries).find(
    ([, path]) => path.replace(/^packages\//, '').replace(/(\/index)?\.ts$/, '') === name,
  )?.[0] ?? name

/** Writes the reference of the library, from the docstrings of its exports, below reference/library/. */
export async function writeLibraryReference(): Promise<void> {
  const app = await Application.bootstrapWithPlugins(options)
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the packages; its messages are above')
  for (const entry of project.children ?? []) entry.name = importedName(entry.name)
  project.name = 'The library'
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('TypeDoc reported errors; they are above')
}
