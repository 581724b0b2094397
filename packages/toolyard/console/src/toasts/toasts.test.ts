import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createToasts, type Toast, toastMs } from './toasts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const sent: string[] = []
afterEach(() => void sent.splice(0))

const held = (key: string, problem?: string): Toast => ({
  kind: 'HELD',
  text: `holds ${key}`,
  key,
  async send() {
    sent.push(key)
    return problem
  },
})
const texts = (toasts: ReturnType<typeof createToasts>) => toasts.get().map(({ text }) => text)

it('what is held is sent once, when its time is over', () => {
  const toasts = createToasts()
  toasts.show(held('a'))
  vi.advanceTimersByTime(toastMs - 1)
  expect(sent).toEqual([])
  vi.advanceTimersByTime(1)
  expect(sent).toEqual(['a'])
  expect(toasts.get()).toEqual([])
  void toasts.flush()
  expect(sent).toEqual(['a'])
})

it('what is held and undone is never sent', () => {
  const toasts = createToasts()
  toasts.show(held('a'))
  toasts.show(held('b'))
  toasts.undoLatest()
  vi.advanceTimersByTime(toastMs)
  expect(sent).toEqual(['a'])
})

it('leaving sends what is held, and keeps the rest', () => {
  const toasts = createToasts()
  toasts.show(held('a'))
  toasts.show({ kind: 'DONE', text: 'done' })
  toasts.show(held('b'))
  void toasts.flush()
  expect(sent).toEqual(['a', 'b'])
  expect(texts(toasts)).toEqual(['done'])
})

it('the clocks stand still while the user is at the toasts', () => {
  const toasts = createToasts()
  toasts.show(held('a'))
  vi.advanceTimersByTime(toastMs - 1)
  toasts.pause()
  toasts.show(held('b'))
  vi.advanceTimersByTime(10 * toastMs)
  expect(sent).toEqual([])
  toasts.resume()
  vi.advanceTimersByTime(toastMs)
  expect(sent).toEqual(['a', 'b'])
})

it('one too many ends the oldest, which sends it', () => {
  const toasts = createToasts()
  for (const key of ['a', 'b', 'c', 'd', 'e']) toasts.show(held(key))
  expect(sent).toEqual(['a'])
  expect(texts(toasts)).toEqual(['holds b', 'holds c', 'holds d', 'holds e'])
})

it('what fails says why, until it is dismissed', async () => {
  const toasts = createToasts()
  toasts.show(held('a', 'It waits no more'))
  await vi.advanceTimersByTimeAsync(toastMs)
  expect(texts(toasts)).toEqual(['It waits no more'])
  await vi.advanceTimersByTimeAsync(10 * toastMs)
  const [problem] = toasts.get()
  expect(problem?.kind).toBe('PROBLEM')
  toasts.undoLatest()
  expect(texts(toasts)).toEqual(['It waits no more'])
  toasts.end(problem?.id ?? -1)
  expect(toasts.get()).toEqual([])
})

it('what was done is undone by its opposite, once', async () => {
  const undo = vi.fn(async () => undefined)
  const toasts = createToasts()
  toasts.show({ kind: 'DONE', text: 'Disabled echo', undo })
  const [toast] = toasts.get()
  toasts.undo(toast?.id ?? -1)
  toasts.undo(toast?.id ?? -1)
  expect(undo).toHaveBeenCalledTimes(1)
  toasts.show({ kind: 'DONE', text: 'Disabled echo', undo })
  vi.advanceTimersByTime(toastMs)
  expect(undo).toHaveBeenCalledTimes(1)
})
