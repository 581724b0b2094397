/** Requests of one tenant that begin in one turn of the event loop, where another tenant asks too. */
const atOnce = 1
/** A tenant that has not asked for so long keeps nobody waiting, in ms. */
const restMs = 1_000

/** Undefined if the tenant's next request may begin now, else when it may. */
export type TakeTenantTurn = (tenant: string) => Promise<void> | undefined

/** Shares the event loop among tenants: one that asks for much leaves each turn of it to others. */
export function createTenantTurns(): TakeTenantTurn {
  /** How many have begun in this turn. */
  const begun = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()
  let latest: string | undefined
  let sharedUntil = 0
  let isTurning = false

  function turn(): void {
    isTurning = false
    begun.clear()
    for (const [tenant, line] of waiting) {
      const next = line.splice(0, atOnce)
      if (line.length === 0) waiting.delete(tenant)
      begun.set(tenant, next.length)
      for (const resume of next) resume()
    }
    if (begun.size > 0) turnLater()
  }

  function turnLater(): void {
    if (isTurning) return
    isTurning = true
    setImmediate(turn)
  }

  return (tenant) => {
    const now = performance.now()
    if (latest !== undefined && latest !== tenant) sharedUntil = now + restMs
    latest = tenant
    if (now > sharedUntil && waiting.size === 0) return undefined
    const count = begun.get(tenant) ?? 0
    if (count < atOnce && !waiting.has(tenant)) {
      begun.set(tenant, count + 1)
      turnLater()
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.set(tenant, [...(waiting.get(tenant) ?? []), resolve])
    return promise
  }
}
