import { it } from 'vitest'
import { manyKills, manyRuns, twoTenants } from '../../soak/endurance.ts'

// The short forms of test/soak: a heap this young still grows by what the compiler learns.
it('1,000 runs, 64 at a time, leave nothing behind', () => manyRuns(1_000, 0.25))
it('500 calls of two tenants stay apart', () => twoTenants(500))
it('8 children killed in the middle of a call leave no process and no open call', () => manyKills(8))
