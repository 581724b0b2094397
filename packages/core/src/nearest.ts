/** How many single characters have to be put in, taken out or replaced, or neighbours swapped, to make `b` of `a`. */
function distance(a: string, b: string): number {
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
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}

const maxLength = 100

/** What was probably meant: the name closest to `given`, where one is close. Upper and lower case count as the same. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase().slice(0, maxLength)
  let best: { readonly name: string; readonly cost: number } | undefined
  for (const name of names) {
    const candidate = name.toLowerCase().slice(0, maxLength)
    const cost = candidate.startsWith(wanted) || wanted.startsWith(candidate) ? 1 : distance(wanted, candidate)
    if (candidate !== '' && (!best || cost < best.cost)) best = { name, cost }
  }
  const isClose = best !== undefined && best.cost <= Math.max(1, Math.floor(wanted.length / 3))
  return isClose ? best?.name : undefined
}
