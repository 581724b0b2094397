/** A server may not keep its list from being read again for longer, in ms. */
const maxTtlMs = 86_400_000

/** What has several parts is fresh for as long as each of them is. */
export function shortestTtl(ttls: readonly (number | undefined)[]): number | undefined {
  const given = ttls.filter((ttl) => ttl !== undefined)
  return given.length < ttls.length || given.length === 0 ? undefined : Math.min(maxTtlMs, ...given)
}
