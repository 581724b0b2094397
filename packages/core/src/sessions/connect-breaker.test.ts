import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RegistryError } from '../base/errors.ts'
import { type ConnectBreaker, createConnectBreaker } from './connect-breaker.ts'

const forever = new AbortController().signal
let breaker: ConnectBreaker
let dials: number
beforeEach(() => {
  vi.useFakeTimers()
  breaker = createConnectBreaker()
  dials = 0
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (error?: RegistryError) =>
  breaker.run(async () => {
    dials += 1
    if (error) throw error
    return 'session'
  }, forever)
const failed = new RegistryError('CONNECT_FAILED', 'nothing listens there')

async function fail(times: number, error = failed): Promise<void> {
  for (let n = 0; n < times; n += 1) await expect(pass(error)).rejects.toBe(error)
}

describe('the breaker before the dials of a server', () => {
  it('shuts after 5 failures in a row, with the last one for a reason, and lets one probe through later', async () => {
    await fail(5)
    await expect(pass()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('nothing listens there'),
      retryable: true,
    })
    expect(dials).toBe(5)
    vi.setSystemTime(Date.now() + 60_000)
    await fail(1)
    await expect(pass()).rejects.toMatchObject({ message: expect.stringContaining('Not tried') })
    expect(dials).toBe(6)
    vi.setSystemTime(Date.now() + 60_000)
    expect(await pass()).toBe('session')
    expect(await pass()).toBe('session')
  })

  it('stays open where a failure says nothing of the server as a whole', async () => {
    for (const code of ['CANCELED', 'AUTH_REQUIRED', 'BUSY'] as const) await fail(6, new RegistryError(code, 'x'))
    expect(await pass()).toBe('session')
  })

  it('counts failures in a row only', async () => {
    await fail(4)
    await pass()
    await fail(4)
    expect(await pass()).toBe('session')
  })

  it('delays a dial if sessions ended early, until one lasts', async () => {
    breaker.recordEarlyExit(50)
    const waiting = pass()
    await vi.advanceTimersByTimeAsync(0)
    expect(dials).toBe(0)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await waiting).toBe('session')
    breaker.recordEarlyExit(60_000)
    expect(await pass()).toBe('session')
  })

  it('lets a caller leave that wait', async () => {
    breaker.recordEarlyExit(50)
    const leaving = new AbortController()
    const waiting = breaker.run(async () => 'session', leaving.signal)
    leaving.abort(new RegistryError('CANCELED', 'enough'))
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELED' })
  })
})
