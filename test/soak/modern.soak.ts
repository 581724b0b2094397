import { it } from 'vitest'
import { inForm } from './form.ts'
import { cutStreams, manyCancels } from './modern.ts'

const cuts = inForm(60, 20)

it('1,000 cancelled calls of a modern server close 1,000 streams and leave no socket', () => manyCancels(1_000))
it(`100 modern servers whose streams are cut every second, ${cuts} times: no change is missed, and memory stays`, () =>
  cutStreams(100, cuts, 0.05))
