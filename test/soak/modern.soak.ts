import { it } from 'vitest'
import { cutStreams, manyCancels } from './modern.ts'

it('1,000 cancelled calls of a modern server close 1,000 streams and leave no socket', () => manyCancels(1_000))
it('100 modern servers whose streams are cut every second for a minute: no change is missed, and memory stays', () =>
  cutStreams(100, 60, 0.05))
