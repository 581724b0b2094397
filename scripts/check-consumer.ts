// npm run check:packages: installs the packed packages as a service and an operator would, counts what comes with the
// library, compiles against the types without skipLibCheck, starts the program, and looks at the message for a missing peer.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'toolyard-consumer-'))

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${error?.message ?? `${stdout}${stderr}`}`)
}

const types = `import { createRegistry, type Registry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler, createNodeListener, schema, useWebSocket } from '@toolyard/graphql'
import { createGraphQLClient, createWebSocketClient } from '@toolyard/graphql/client'

export const registry: Promise<Registry> = createRegistry({ storage: sqliteStorage({ path: 'registry.db' }) })
export { createGraphQLClient, createHandler, createNodeListener, createWebSocketClient, postgresStorage, schema, useWebSocket }
`

const programTypes = `import { createRegistry } from '@toolyard/core'
import { createHandler, type GraphQLHandler } from '@toolyard/graphql'
import { openApiKeys } from 'toolyard/api-keys'

export const handler: GraphQLHandler = createHandler(await createRegistry(), openApiKeys('keys.json'))
`

const keys = `import { openApiKeys } from 'toolyard/api-keys'

using found = openApiKeys('keys.json')
if (found.count !== 1) throw new Error('expected one key, got ' + found.count)
`

/** Without the drivers: only core is there. */
const missing = `import { createRegistry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'

await using working = await createRegistry()
const refusals = []
for (const storage of [sqliteStorage({ path: ':memory:' }), postgresStorage({ connectionString: 'postgres://h/d' })]) {
  refusals.push(await createRegistry({ storage, secretKey: new Uint8Array(32) }).then(() => 'opened', (error) => error.message))
}
console.log(JSON.stringify(refusals))
`

const compilerOptions = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable', 'dom'],
  module: 'nodenext',
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  // A dependency of graphql-yoga (lru-cache) has iterators of before TypeScript 5.6.
  strictBuiltinIteratorReturn: false,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
}
/** Packages that may come with the library and its API: 101 of them are the MCP SDKs, 34 graphql-yoga, one expands URI templates. */
const maxPackages = 158

function install(name: string, dependencies: Readonly<Record<string, string>>): string {
  const place = join(folder, name)
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], place)
  return place
}

function compile(place: string, source: string): void {
  writeFileSync(join(place, 'main.ts'), source)
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', place], place)
}

/** How many packages npm installed. */
function countPackages(place: string): number {
  const lock: { packages: object } = JSON.parse(readFileSync(join(place, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(lock.packages).length
}

try {
  for (const name of ['@toolyard/core', '@toolyard/graphql', 'toolyard']) {
    // check:packages has built and packed them before.
    run('npm', ['pack', '--ignore-scripts', '--workspace', name, '--pack-destination', folder], root)
  }
  const tarball = (name: string) => {
    const found = readdirSync(folder).find((file) => new RegExp(`^${name}-\\d`).test(file))
    if (found === undefined) throw new Error(`expected the tarball of ${name} in ${folder}`)
    return `file:${join(folder, found)}`
  }
  const { devDependencies } = JSON.parse(run('npm', ['pkg', 'get', '--json'], root))
  const libraries = { '@toolyard/core': tarball('toolyard-core'), '@toolyard/graphql': tarball('toolyard-graphql') }
  const library = install('library', { ...libraries, graphql: devDependencies.graphql })
  const count = countPackages(library)
  if (count > maxPackages) throw new Error(`expected at most ${maxPackages} packages with the library, got ${count}`)
  compile(library, types)

  const program = install('program', { ...libraries, toolyard: tarball('toolyard') })
  compile(program, programTypes)
  const toolyard = (...args: string[]) =>
    run(process.execPath, ['node_modules/toolyard/bin/toolyard.js', ...args], program)
  if (!toolyard('schema').includes('type Query')) throw new Error('expected toolyard schema to print the schema')
  toolyard('list', '--database-url', 'sqlite::memory:')
  const help = toolyard('--help')
  if (!help.includes('toolyard')) throw new Error(`expected toolyard --help to show the help, got ${help}`)
  toolyard('keys', 'add', '--tenant', 'default', '--scopes', 'read', '--file', 'keys.json')
  writeFileSync(join(program, 'keys.js'), keys)
  run(process.execPath, ['keys.js'], program)

  const bare = install('bare', { '@toolyard/core': libraries['@toolyard/core'] })
  writeFileSync(join(bare, 'main.js'), missing)
  const said: unknown = JSON.parse(run(process.execPath, ['main.js'], bare))
  const expected = [
    'sqliteStorage needs packages that are not installed: npm install better-sqlite3 kysely',
    'postgresStorage needs packages that are not installed: npm install pg kysely',
  ]
  if (JSON.stringify(said) !== JSON.stringify(expected)) throw new Error(`expected ${expected}, got ${said}`)
  process.stdout.write(`the packed types compile without skipLibCheck, and missing peers are told\n`)
  process.stdout.write(`packages with the library: ${count}; with the program: ${countPackages(program)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
