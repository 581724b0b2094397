/** What a value of JSON takes beside its text: as much as its place in memory, so that many small ones count too. */
const valueBytes = 16

/**
 * About how many bytes `value` takes, counted until there are more than `max`. Texts count by their characters, which
 * walks none of them.
 */
export function measureAnswer(value: unknown, max: number): number {
  let bytes = 0
  const walk = (part: unknown): void => {
    bytes += valueBytes
    if (bytes > max) return
    if (typeof part === 'string') bytes += part.length
    else if (typeof part !== 'object' || part === null) return
    else if (Array.isArray(part)) for (const item of part) walk(item)
    else for (const name in part) walk(Reflect.get(part, name))
  }
  walk(value)
  return bytes
}
