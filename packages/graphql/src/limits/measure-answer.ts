/** Size of a JSON value beside its text, in bytes: about its place in memory, so that many small values count too. */
const valueBytes = 16

/** Sizes of frozen values, such as tool definitions, which are answered again and again. */
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

/** Estimates the bytes of `value`, and stops beyond `max`. A text counts by its length, so that no text is walked. */
export function measureAnswer(value: unknown, max: number): number {
  if (typeof value === 'string') return valueBytes + value.length
  if (typeof value !== 'object' || value === null) return valueBytes
  return valueBytes + measureObject(value, max)
}
