/** Time in each turn of the event loop for a tenant's requests to start, while other tenants send requests, in ms. */
const shareMs = 1
/** Time after its last request for which a tenant counts as active, in ms. */
const activeMs = 1_000

/** Returns undefined if the tenant's request may start now, else a promise to await before it. */
export type TakeTenantTurn = (tenant: string) => Promise<void> | undefined

/** Shares the event loop among tenants, however many requests each of them sends. */
export function createTenantTurns(): TakeTenantTurn {
  /** Ends of the shares of this turn, by `performance.now()`. */
  const shares = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()
  let latest: string | undefined
  let sharedUntil = 0
  let isTurning = false

  async function serve(tenant: string, line: (() => void)[]): Promise<void> {
    const endsAt = performance.now() + shareMs
    shares.set(tenant, endsAt)
    do {
      line.shift()?.()
      // Lets the synchronous part of the request run.
      await Promise.resolve()
    } while (line.length > 0 && performance.now() < endsAt)
    if (line.length === 0) waiting.delete(tenant)
  }

  async function turn(): Promise<void> {
    isTurning = false
    shares.clear()
    for (const [tenant, line] of waiting) await serve(tenant, line)
    if (shares.size > 0) turnLater()
  }

  function turnLater(): void {
    if (isTurning) return
    isTurning = true
    setImmediate(() => void turn())
  }

  return (tenant) => {
    const now = performance.now()
    if (latest !== undefined && latest !== tenant) sharedUntil = now + activeMs
    latest = tenant
    if (now > sharedUntil && waiting.size === 0) return undefined
    const endsAt = shares.get(tenant)
    const line = waiting.get(tenant)
    if (!line && (endsAt === undefined || now < endsAt)) {
      if (endsAt === undefined) shares.set(tenant, now + shareMs)
      turnLater()
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    if (line) line.push(resolve)
    else waiting.set(tenant, [resolve])
    return promise
  }
}
