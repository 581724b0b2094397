/** Only there do UTF-16 units go another way than code points. */
const highUnits = /[\ud800-\uffff]/

/** By code points, as SQLite and PostgreSQL's C collation order UTF-8; JavaScript's `<` goes by UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (highUnits.test(a) || highUnits.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}
