import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { compileCache } from './test/setup/compile-cache.ts'

/** Beside their files, or functions and pages alone: no database server, no program. */
const unit = [
  'packages/*/src/**/*.test.ts',
  'packages/*/*/src/**/*.test.ts',
  'test/*.test.ts',
  'test/bench/*.test.ts',
  'test/docs/{commands,links,settings,site,troubleshooting,words}.test.ts',
  'test/graphql/{foreign-input,own-operations}.test.ts',
  'test/image/*.test.ts',
  'test/core/{client-configurations,uncertain-outcome,export,hostile-imports}.test.ts',
  'test/storage/{memory,tenant-types}.test.ts',
]

/** Programs, browsers, nodes, and whatever else is measured or killed as a process of its own. */
const processes = [
  'test/{browser,cli,examples,nodes,server}/**/*.test.ts',
  'test/canary/{canary,oauth-server}.test.ts',
  'test/docs/{oauth,typescript}.test.ts',
  'test/core/faults/{children,crashes,endless-bodies,entrances,floods,foreign-text}.test.ts',
  'test/core/faults/{large-messages,listings,many-tools,oversized,server-requests,stdio-code}.test.ts',
]

const postgres = 'test/setup/postgres.ts'
const childScripts = 'test/setup/child-scripts.ts'

function project(
  name: string,
  test: Omit<NonNullable<TestProjectInlineConfiguration['test']>, 'name'>,
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...test } }
}

export default defineConfig({
  // The packages' sources in place of what was built of them.
  ssr: { resolve: { conditions: ['toolyard-source'] } },
  test: {
    // A virtual machine may be three times as slow as another, with four files at once on its two processors.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Polls end as soon as it is so; the default of a second is short when the machine has other work.
    expect: { poll: { timeout: 45_000 } },
    // They wait for sockets, leases and processes a third of their time, while others compute.
    maxWorkers: availableParallelism() + 2,
    // Files clean up behind themselves; to load everything anew for each of 200 would take a minute.
    isolate: false,
    // Node.js loads the sources itself: Vite would give them a second copy of graphql.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    env: { NODE_COMPILE_CACHE: compileCache },
    projects: [
      project('unit', { include: unit, pool: 'threads' }),
      project('integration', {
        include: ['test/**/*.test.ts'],
        exclude: [...unit, ...processes, '**/node_modules/**'],
        globalSetup: postgres,
      }),
      project('process', {
        include: processes,
        globalSetup: ['test/setup/build.ts', 'packages/toolyard/scripts/bundle.ts', childScripts, postgres],
      }),
    ],
  },
})
