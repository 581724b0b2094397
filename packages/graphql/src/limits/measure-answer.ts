/** What a value of JSON takes beside its text: as much as its place in memory, so that many small ones count too. */
const valueBytes = 16

/** Of values that never change, as definitions of tools: they are answered again and again. */
const known = new WeakMap<object, number>()

function measureObject(value: object, max: number): number {
  const isKept = Object.isFrozen(value)
  const measured = isKept ? known.get(value) : undefined
  if (measured !== undefined) return measured
  let bytes = 0
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    bytes += measureAnswer(member, max - bytes)
    if (bytes > max) return bytes
  }
  if (isKept) known.set(value, bytes)
  return bytes
}

/**
 * About how many bytes `value` takes, counted until there are more than `max`. Texts count by their characters, which
 * walks none of them.
 */
export function measureAnswer(value: unknown, max: number): number {
  if (typeof value === 'string') return valueBytes + value.length
  if (typeof value !== 'object' || value === null) return valueBytes
  return valueBytes + measureObject(value, max)
}
