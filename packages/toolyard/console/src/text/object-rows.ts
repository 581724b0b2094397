const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Rows and columns of a list of objects. */
export interface ObjectRows {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

const maxColumns = 20

/** A list of objects as rows; undefined for anything else, and for a list whose objects have too little in common. */
function objectRows(value: unknown): ObjectRows | undefined {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isRecord)) return undefined
  const counts = new Map<string, number>()
  for (const row of value) for (const name of Object.keys(row)) counts.set(name, (counts.get(name) ?? 0) + 1)
  const cells = [...counts.values()].reduce((sum, each) => sum + each, 0)
  if (counts.size === 0 || counts.size > maxColumns || cells < (counts.size * value.length) / 2) return undefined
  return { columns: [...counts.keys()], rows: value }
}

/** The rows in a value: itself, or its only member that is a list, as `{ items: […] }`. */
export function rowsIn(value: unknown): ObjectRows | undefined {
  const own = objectRows(value)
  if (own || !isRecord(value)) return own
  const lists = Object.values(value).flatMap((each) => objectRows(each) ?? [])
  return lists.length === 1 ? lists[0] : undefined
}
