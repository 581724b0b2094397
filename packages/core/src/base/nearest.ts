/**
 * The number of characters to insert, remove or replace, or neighbours to swap, to turn `a` into `b`; Infinity beyond
 * `limit`.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      const isSwap = cost === 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        (current[column - 1] ?? 0) + 1,
        (last[column] ?? 0) + 1,
        (last[column - 1] ?? 0) + cost,
        isSwap ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    // No later row can be below the least of the two rows before it.
    if (Math.min(...current) > limit && Math.min(...last) > limit) return Number.POSITIVE_INFINITY
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}

/** Compared characters of a name: the work grows with their square. */
const maxLength = 64

/** The name closest to `given`, if one is close, ignoring case. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase().slice(0, maxLength)
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  let best: { readonly name: string; readonly cost: number } | undefined
  for (const name of names) {
    const candidate = name.toLowerCase().slice(0, maxLength)
    const cost = candidate.startsWith(wanted) || wanted.startsWith(candidate) ? 1 : distance(wanted, candidate, limit)
    if (candidate !== '' && cost <= (best ? best.cost - 1 : limit)) best = { name, cost }
  }
  return best?.name
}
