import { describe, it } from 'vitest'
import { manySubscribers, slowEventStreamSubscriber, slowWebSocketSubscriber } from '../soak/subscribers.ts'

it('100 who watch one refresh over WebSocket are told all of it, and nothing is left of them when they vanish', () =>
  manySubscribers(100))

describe('one who does not read costs a bounded buffer, and misses nothing', () => {
  it('over WebSocket', () => slowWebSocketSubscriber())
  it('over an event stream', () => slowEventStreamSubscriber())
})
