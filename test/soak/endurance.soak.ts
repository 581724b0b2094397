import { it } from 'vitest'
import { manyKills, manyRuns, twoTenants } from './endurance.ts'

it('100,000 runs, 64 at a time, leave nothing behind', () => manyRuns(100_000, 0.05))
it('10,000 calls of two tenants stay apart', () => twoTenants(10_000))
it('200 children killed in the middle of a call leave no process and no open call', () => manyKills(200))
