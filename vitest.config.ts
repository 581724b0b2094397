import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/toolyard/console/src/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests start the program as it is bundled.
    globalSetup: 'packages/toolyard/scripts/bundle.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Polls end as soon as it is so; the default of a second is short where the machine has other work.
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 3,
    // Files clean up behind themselves; to load everything anew for each of 200 would take a minute.
    isolate: false,
    // Built packages are loaded as Node.js would: transformed, they would get a second copy of graphql.
    server: { deps: { external: [/packages\/\w+\/dist\//] } },
  },
})
