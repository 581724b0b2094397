import { it } from 'vitest'
import { manySubscribers } from './subscribers.ts'

it('1,000 who watch one refresh over WebSocket are told all of it, and nothing is left of them when they vanish', () =>
  manySubscribers(1_000))
