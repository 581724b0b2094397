import { invalidInput, type RegistryError } from '../../../base/errors.ts'
import type { RowCounts } from '../../maintenance.ts'
import { isTransferTable, problemOfRow, type TransferRow, type TransferTable } from './tables.ts'

const format = 'toolyard export 1'

export interface Header {
  /** The version of the layout. */
  readonly version: string
  readonly at: string
}

export type Line =
  | { readonly kind: 'HEADER'; readonly header: Header }
  | { readonly kind: 'ROW'; readonly table: TransferTable; readonly row: TransferRow }
  /** The last line, with the rows before it by table. */
  | { readonly kind: 'END'; readonly rows: RowCounts }

export function headerLine({ version, at }: Header): string {
  return JSON.stringify({ format, version, at })
}

export function rowLine(table: TransferTable, row: object): string {
  return JSON.stringify({ table, row })
}

export function endLine(rows: RowCounts): string {
  return JSON.stringify({ end: rows })
}

export function badLine(number: number, problem: string, cause?: unknown): RegistryError {
  return invalidInput(['lines', String(number - 1)], `Line ${number}: ${problem}`, cause)
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Throws INVALID_INPUT unless it is the header of an export. */
export function parseHeader(text: string): Header {
  const value = parse(text)
  if (value && 'format' in value && 'version' in value && 'at' in value) {
    const { version, at } = value
    if (value.format === format && typeof version === 'string' && typeof at === 'string') return { version, at }
  }
  throw badLine(1, 'expected the beginning of an export of toolyard, got something else')
}

function toRow(table: unknown, row: unknown, number: number): Line {
  if (typeof table !== 'string' || !isTransferTable(table)) {
    throw badLine(number, `there is no table ${JSON.stringify(table)?.slice(0, 100)}`)
  }
  if (typeof row !== 'object' || row === null) throw badLine(number, 'expected a row, got something else')
  const problem = problemOfRow(table, row)
  if (problem !== undefined) throw badLine(number, problem)
  // It was checked: it has the columns of the table and no others, each a text, a number or null.
  return { kind: 'ROW', table, row: row as TransferRow }
}

/** Throws INVALID_INPUT unless it is a line after the header. */
export function parseLine(text: string, number: number): Line {
  const value = parse(text)
  if (value && 'end' in value) {
    const rows = Object.entries(value.end ?? {})
    if (rows.every(([, count]) => Number.isSafeInteger(count))) return { kind: 'END', rows: Object.fromEntries(rows) }
  }
  if (value && 'table' in value && 'row' in value) return toRow(value.table, value.row, number)
  throw badLine(number, 'expected a row, got something else: the export is cut off or damaged')
}
