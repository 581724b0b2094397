// npm run check:packages: installs the packed packages as a service would, compiles against their types without skipLibCheck,
// and looks at what is said where an optional peer is missing.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
}

function install(name: string, dependencies: Readonly<Record<string, string>>): string {
  const place = join(folder, name)
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], place)
  return place
}

try {
  for (const name of ['core', 'graphql']) {
    // check:packages has built and packed both before.
    run('npm', ['pack', '--ignore-scripts', '--workspace', `packages/${name}`, '--pack-destination', folder], root)
  }
  const tarball = (name: string) => {
    const found = readdirSync(folder).find((file) => file.startsWith(`toolyard-${name}-`))
    if (found === undefined) throw new Error(`expected the tarball of ${name} in ${folder}`)
    return `file:${join(folder, found)}`
  }
  const { devDependencies } = JSON.parse(run('npm', ['pkg', 'get', '--json'], root))
  const whole = install('whole', {
    '@toolyard/core': tarball('core'),
    '@toolyard/graphql': tarball('graphql'),
    '@types/node': devDependencies['@types/node'],
    graphql: devDependencies.graphql,
  })
  writeFileSync(join(whole, 'main.ts'), types)
  writeFileSync(join(whole, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', whole], whole)

  const bare = install('bare', { '@toolyard/core': tarball('core') })
  writeFileSync(join(bare, 'main.js'), missing)
  const said: unknown = JSON.parse(run(process.execPath, ['main.js'], bare))
  const expected = [
    'sqliteStorage needs packages that are not installed: npm install better-sqlite3 kysely',
    'postgresStorage needs packages that are not installed: npm install pg kysely',
  ]
  if (JSON.stringify(said) !== JSON.stringify(expected)) throw new Error(`expected ${expected}, got ${said}`)
  process.stdout.write('the packed types compile without skipLibCheck, and missing peers are told\n')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
