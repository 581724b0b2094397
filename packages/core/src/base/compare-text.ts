/** Units from which on the order of UTF-16 differs from that of code points. */
const highUnits = /[\ud800-\uffff]/

/**
 * Compares by code points, as SQLite and PostgreSQL's C collation order UTF-8; JavaScript's `<` goes by UTF-16 units.
 */
export function compareText(a: string, b: string): number {
  if (highUnits.test(a) || highUnits.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}
