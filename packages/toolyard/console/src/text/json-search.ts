/** A place in a JSON value whose name or value has the words. */
export interface JsonHit {
  /** Names and indexes from the root. */
  readonly path: readonly string[]
  readonly value: unknown
}

/** Most places looked at, so that each keystroke takes some milliseconds. */
const maxVisits = 50_000

/** The first `limit` places that match, in the order of the value. */
export function searchJson(root: unknown, words: string, limit: number): readonly JsonHit[] {
  const wanted = words.trim().toLowerCase()
  if (wanted === '') return []
  const hits: JsonHit[] = []
  const waiting: JsonHit[] = [{ path: [], value: root }]
  for (let visits = 0; waiting.length > 0 && hits.length < limit && visits < maxVisits; visits += 1) {
    const next = waiting.pop()
    if (!next) break
    const { path, value } = next
    const isNamed = path.at(-1)?.toLowerCase().includes(wanted) === true
    if (typeof value === 'object' && value !== null) {
      if (isNamed) hits.push(next)
      const members = Object.entries(value).map(([name, each]) => ({ path: [...path, name], value: each }))
      waiting.push(...members.slice(0, maxVisits).reverse())
    } else if (isNamed || String(value).toLowerCase().includes(wanted)) hits.push(next)
  }
  return hits
}
