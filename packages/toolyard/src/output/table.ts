import stringWidth from 'string-width'

/** Cuts a text to `width` columns of the terminal, with `…` at the cut. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let left = width
  let end = 0
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    left -= stringWidth(segment)
    if (left <= 0) break
    end = index + segment.length
  }
  return `${text.slice(0, end)}…`
}

/** Columns between two cells. */
const gap = 2
/** Width below which no column shrinks. */
const minColumn = 8

/**
 * Aligns rows in columns; the first row has the headings. No line is longer than `width`: the widest columns shrink.
 * Cells may have colours if nothing is cut.
 */
export function table(rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const columns = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))),
  )
  const total = () => columns.reduce((sum, each) => sum + each, gap * (count - 1))
  while (total() > width) {
    const widest = columns.indexOf(Math.max(...columns))
    const excess = total() - width
    const current = columns[widest] ?? 0
    if (current <= minColumn) break
    const next = Math.max(minColumn, ...columns.filter((_, column) => column !== widest))
    columns[widest] = Math.max(minColumn, next < current ? Math.max(next, current - excess) : current - 1)
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const fitted = cut(cell, columns[column] ?? 0)
          return fitted + ' '.repeat(Math.max(0, (columns[column] ?? 0) - stringWidth(fitted)))
        })
        .join(' '.repeat(gap))
        .trimEnd(),
    )
    .join('\n')
}
