import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

const { projects: _, ...test } = base.test ?? {}

/** The long forms of the endurance tests: one after another, for minutes. */
export default defineConfig({
  ...base,
  test: { ...test, include: ['test/soak/**/*.soak.ts'], testTimeout: 600_000, maxWorkers: 1, isolate: true },
})
