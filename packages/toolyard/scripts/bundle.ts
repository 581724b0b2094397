// Bundles the program into dist/bundle, with its dependencies of pure JavaScript, so that a start reads few files. Does
// nothing if no input has changed since the last bundle.
import { readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type {
  ChunkingContext,
  CodeSplittingGroup,
  OutputAsset,
  OutputChunk,
  OutputOptions,
  Plugin,
  RolldownOptions,
} from 'rolldown'
import { bundleOnce } from './bundle-once.ts'
import { standIns } from './stand-ins.ts'
import { noticesOf } from './third-party-notices.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const packageFolder = join(root, 'packages/toolyard')
const entry = join(packageFolder, 'src/cli/program.ts')
/** Lies as deep in the package as the folders of `src`, so that relative URLs lead to the same place. */
const target = join(packageFolder, 'dist/bundle')

/** Inputs besides the modules. */
const ingredients = [
  join(root, 'package-lock.json'),
  join(packageFolder, 'package.json'),
  join(packageFolder, 'scripts/bundle.ts'),
  join(packageFolder, 'scripts/bundle-once.ts'),
  join(packageFolder, 'scripts/stand-ins.ts'),
  join(packageFolder, 'scripts/third-party-notices.ts'),
]

/**
 * Native modules; `pg`, which instrumentations patch; the page of GraphiQL, which is large and rarely loaded; and
 * OpenTelemetry: plug-ins that an operator loads with `--import` must register with the copy that the program uses.
 */
const external = [/^better-sqlite3$/, /^pg$/, /^pg\//, /^@opentelemetry\//, /^@graphql-yoga\/render-graphiql$/]

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly default?: string } | string>>
}

/** Maps the import names of this repository's packages to their sources. */
function ownSources(): ReadonlyMap<string, string> {
  const sources = ['core', 'graphql'].flatMap((folder) => {
    const own = join(root, 'packages', folder)
    const { name, exports }: Manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
    return Object.entries(exports).flatMap(([path, file]): (readonly [string, string])[] => {
      const built = typeof file === 'string' ? undefined : file.default
      if (built === undefined) return []
      return [[join(name, path), join(own, built.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))]]
    })
  })
  return new Map(sources)
}

function fromSources(): Plugin {
  const sources = ownSources()
  return { name: 'from-sources', resolveId: (id) => sources.get(id) }
}

function withStandIns(): Plugin {
  const pathOf = (name: string) => join(packageFolder, 'dist', `${name}.js`)
  const texts = new Map(Object.entries(standIns).map(([name, text]) => [pathOf(name), text]))
  return {
    name: 'stand-ins',
    // A stand-in imports the package that it stands in for.
    resolveId: (name, importer) =>
      Object.hasOwn(standIns, name) && importer !== pathOf(name) ? pathOf(name) : undefined,
    load: (path) => texts.get(path),
  }
}

const input: RolldownOptions = {
  cwd: root,
  input: { program: entry },
  platform: 'node',
  external,
  // Prefers ES modules: CommonJS builds cannot always be bundled, and load slower.
  resolve: { mainFields: ['module', 'main'] },
  tsconfig: join(root, 'tsconfig.base.json'),
  transform: { target: 'node22.19' },
  // Dynamic imports within the command line are meant for the unbundled program.
  checks: { ineffectiveDynamicImport: false },
  plugins: [fromSources(), withStandIns()],
}

/**
 * Collects the modules that the help needs: the program, its commands, and their static imports. They share one file:
 * finding and opening a file takes longer than reading its text.
 */
function commandLine(context: ChunkingContext): ReadonlySet<string> {
  const found = new Set<string>([entry, ...(context.getModuleInfo(entry)?.dynamicallyImportedIds ?? [])])
  for (const id of found) for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported)
  return found
}

function commandLineGroup(): CodeSplittingGroup {
  let modules: ReadonlySet<string> | undefined
  return {
    debugName: 'command-line',
    name(id, context) {
      modules ??= commandLine(context)
      return modules.has(id) ? 'command-line' : null
    },
  }
}

/** Names have no hashes: Node.js caches compiled code by file name, so that an update replaces the old entry. */
const output: OutputOptions = {
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // A single character beyond Latin-1 would double the memory that V8 needs for the text of a file.
  charset: 'ascii',
  // The notices have the licences.
  comments: false,
  codeSplitting: { groups: [commandLineGroup()] },
  sourcemap: true,
  sourcemapExcludeSources: true,
}

interface Dependencies {
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

/** Throws if the bundle imports a package that is not installed with it. */
function assertInstalled(files: readonly (OutputChunk | OutputAsset)[]): void {
  const manifest: Dependencies = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const installed = { ...manifest.dependencies, ...manifest.peerDependencies }
  const own = new Set(files.map(({ fileName }) => fileName))
  for (const file of files) {
    if (file.type === 'asset') continue
    for (const imported of [...file.imports, ...file.dynamicImports]) {
      const [name = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(imported) ?? []
      if (own.has(imported) || isBuiltin(imported) || Object.hasOwn(installed, name)) continue
      throw new Error(`${file.fileName} imports ${imported}: expected it among the dependencies of toolyard`)
    }
  }
}

/** Bundles the program if an input has changed. Vitest calls it before the tests, by this name. */
export function setup(): Promise<void> {
  return bundleOnce({
    target,
    ingredients,
    input,
    output,
    complete(files, folder) {
      assertInstalled(files)
      const modules = files.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
      writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), noticesOf(modules))
    },
  })
}

if (import.meta.main) await setup()
