import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** The long forms of the endurance tests: one after another, for minutes. */
export default defineConfig({
  test: { ...base.test, include: ['test/soak/**/*.soak.ts'], testTimeout: 600_000, maxWorkers: 1, isolate: true },
})
