import { describe, expect, it } from 'vitest'
import { SharedResults, SharedText, toShared } from './shared-results.ts'

it('makes a message once for the clients that name their operation alike', () => {
  const text = new SharedText('{"data":{"a":"ü"}}')
  const message = text.message('1')
  expect(JSON.parse(String(message))).toEqual({ id: '1', type: 'next', payload: { data: { a: 'ü' } } })
  expect(text.message('1')).toBe(message)
  expect(JSON.parse(String(text.message('"2"')))).toMatchObject({ id: '"2"' })
  expect(String(text.message('1'))).toBe(String(message))
})

describe('the results of a subscription', () => {
  const shared = (data: object) => toShared({ result: { data: { ...data } }, bytes: 0, release: undefined })

  function subscription(execute: (event: unknown) => Promise<ReturnType<typeof shared>>) {
    const seen = { ended: 0, closed: 0 }
    const events: AsyncIterableIterator<unknown> = {
      next: async () => ({ done: false, value: {} }),
      async return() {
        seen.closed += 1
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => events,
    }
    const results = new SharedResults(
      events,
      execute,
      () => Object.assign(new Error('masked'), { toJSON: undefined }) as never,
      () => {
        seen.ended += 1
      },
    )
    return { results, seen }
  }

  it('end with the client: the events are closed, and the place is given back', async () => {
    const { results, seen } = subscription(async () => shared({ a: 1 }))
    expect((await results.next()).value?.short?.json).toBe('{"data":{"a":1}}')
    expect(seen).toEqual({ ended: 0, closed: 0 })
    await results.return()
    expect(seen).toEqual({ ended: 1, closed: 1 })
  })

  it('end with an error of theirs, also for the events', async () => {
    const { results, seen } = subscription(() => Promise.reject(new Error('no room')))
    await expect(results.next()).rejects.toThrow('masked')
    expect(seen).toEqual({ ended: 1, closed: 1 })
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })
})
