import { it } from 'vitest'
import { manyKills, manyRuns, twoTenants } from './endurance.ts'
import { counted, inForm } from './form.ts'

const runs = inForm(100_000, 25_000)
const kills = inForm(200, 60)

it(`${counted(runs)} runs, 64 at a time, leave nothing behind`, () => manyRuns(runs, 0.05))
it('10,000 calls of two tenants stay apart', () => twoTenants(10_000))
it(`${kills} children killed in the middle of a call leave no process and no open call`, () => manyKills(kills))
