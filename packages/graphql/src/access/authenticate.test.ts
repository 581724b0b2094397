import { GraphQLError } from 'graphql'
import { afterEach, expect, it, vi } from 'vitest'
import { type Authenticate, createIdentification } from './authenticate.ts'
import type { Caller } from './caller.ts'

afterEach(() => void vi.useRealTimers())

const known: Caller = { tenant: 'default', id: 'k', scopes: new Set(['read']), expiresAt: null }
const request = { authorization: 'Bearer a', transport: 'http', header: () => undefined } as const

function identify(authenticate: Authenticate) {
  const seen: unknown[] = []
  const { caller } = createIdentification(authenticate, (error) => {
    seen.push(error)
    return new GraphQLError('masked', { extensions: { code: 'INTERNAL' } })
  })
  return { found: caller(request), seen }
}

it('answers at once where the hook does, and never rejects', async () => {
  expect(identify(() => known).found).toBe(known)
  expect(identify(() => undefined).found).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
  expect(await identify(async () => known).found).toBe(known)
  expect(await identify(async () => undefined).found).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
})

it('waits for whatever has a then', async () => {
  // biome-ignore lint/suspicious/noThenProperty: what a hook may answer
  const later: PromiseLike<Caller> = { then: (onDone) => Promise.resolve(known).then(onDone) }
  expect(await identify(() => later).found).toBe(known)
})

it.each([
  ['expired', { expiresAt: Date.now() - 1 }],
  ['revoked', { revoked: AbortSignal.abort() }],
])('refuses a caller who is %s', (_, more) => {
  expect(identify(() => ({ ...known, ...more })).found).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
})

it('waits 10 seconds, and says why the request is refused then', async () => {
  vi.useFakeTimers()
  const { found, seen } = identify(() => new Promise(() => undefined))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await found).toMatchObject({ message: 'masked', extensions: { http: { status: 500 } } })
  expect(seen).toMatchObject([{ message: 'authenticate: expected an answer within 10000 ms, got none' }])
  expect(vi.getTimerCount()).toBe(0)
})

it('leaves no timer behind an answer', async () => {
  vi.useFakeTimers()
  await identify(async () => known).found
  expect(vi.getTimerCount()).toBe(0)
})

it('takes an operator for metrics alone, and a caller for all but them', async () => {
  const operator = { tenant: null, id: 'o', expiresAt: null }
  const forbidden = { extensions: { code: 'FORBIDDEN', http: { status: 403 } } }
  const ways: readonly ((found: typeof operator | Caller) => ReturnType<Authenticate>)[] = [
    (found) => found,
    async (found) => found,
  ]
  for (const answer of ways) {
    const ofOperator = createIdentification(
      () => answer(operator),
      () => new GraphQLError('masked'),
    )
    expect(await ofOperator.operator(request)).toBe(operator)
    expect(await ofOperator.caller(request)).toMatchObject(forbidden)
    const ofCaller = createIdentification(
      () => answer(known),
      () => new GraphQLError('masked'),
    )
    expect(await ofCaller.caller(request)).toBe(known)
    expect(await ofCaller.operator(request)).toMatchObject(forbidden)
  }
})
