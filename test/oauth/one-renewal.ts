import { expect } from 'vitest'
import type { AuthorizationServer } from '../fixtures/oauth/authorization-server.ts'

/** How an access token stops to be good: by the registry's clock, or refused by its server before. */
export const waysToEnd = ['expired', 'refused'] as const
export type WayToEnd = (typeof waysToEnd)[number]

export const refreshes = (server: AuthorizationServer) => server.tokenRequests('refresh_token')

interface Ran {
  readonly status: string
  readonly error: { readonly message: string } | null
}

/** 200 runs at once that need new tokens: `run` is called for each, with its number. */
export async function renewOnce(server: AuthorizationServer, run: (n: number) => Promise<Ran>): Promise<void> {
  const before = refreshes(server).length
  const runs = await Promise.all(Array.from({ length: 200 }, (_, n) => run(n)))
  const failures = runs.flatMap(({ status, error }) => (status === 'SUCCEEDED' ? [] : `${status}: ${error?.message}`))
  expect(Object.entries(Object.groupBy(failures, (each) => each)).map(([each, all]) => [each, all?.length])).toEqual([])
  expect(refreshes(server).length - before, 'token requests').toBe(1)
}
