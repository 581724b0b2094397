import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import base from './vitest.config.ts'

const { projects: _, ...test } = base.test ?? {}

/**
 * Measure neither memory nor processors. Most of their time these wait, for leases, timers, pauses, and one process after the
 * other: they take turns on the processors.
 */
const waiting = 'test/soak/{changing-lists,crashes,nodes,oauth-outages,oauth-renewal,reopened-streams,tenants}.soak.ts'

function project(
  name: string,
  options: Omit<NonNullable<TestProjectInlineConfiguration['test']>, 'name'>,
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...options } }
}

/**
 * The long forms of the endurance tests, for minutes, and with `TOOLYARD_SOAK=long` for a third of an hour: what measures
 * memory and processors is alone on the machine.
 */
export default defineConfig({
  ...base,
  test: {
    ...test,
    testTimeout: 600_000,
    isolate: true,
    // Of the tests of a file that say that they wait.
    maxConcurrency: 8,
    globalSetup: 'test/setup/child-scripts.ts',
    projects: [
      project('alone', {
        include: ['test/soak/**/*.soak.ts'],
        exclude: [waiting],
        maxWorkers: 1,
        sequence: { groupOrder: 1 },
      }),
      project('waiting', { include: [waiting], maxWorkers: 2, sequence: { groupOrder: 2 } }),
    ],
  },
})
