import { expect, it } from 'vitest'
import { defaultTenant, parseTenantId } from '../../../base/ids.ts'
import { createTenantTurns } from './tenant-turns.ts'

const tenant = parseTenantId('a') ?? defaultTenant

it('gives all to the default tenant while it is alone, half to each once it is not, and says so where a wait is too long', async () => {
  const inTurn = createTenantTurns(4, 20)
  let held = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const hold = () => {
    held += 1
    return promise
  }
  const holding = [1, 2, 3, 4].map(() => inTurn(defaultTenant, hold))
  const late = inTurn(defaultTenant, hold)
  await expect(late).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true })
  expect(held).toBe(4)
  expect(await inTurn(tenant, async () => 'at once')).toBe('at once')
  resolve()
  await Promise.all(holding)
  await Promise.all([1, 2, 3, 4, 5].map(() => inTurn(tenant, async () => undefined)))
})
