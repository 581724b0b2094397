import { it } from 'vitest'
import { cutStreams, manyCancels } from '../../soak/modern.ts'

// The short forms of test/soak: a heap this young still grows by what the compiler learns.
it('100 cancelled calls of a modern server close 100 streams and leave no socket', () => manyCancels(100))
it('10 modern servers whose streams are cut, again and again: no change is missed', () => cutStreams(10, 3, 0.25))
