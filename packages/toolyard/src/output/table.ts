import stringWidth from 'string-width'

/** At most so many columns of the terminal, `…` at the end of what was cut. */
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

const gap = 2
const minColumn = 8

/**
 * Rows in columns, the headings in the first; no line is longer than `width`: the widest columns give way. Cells may hold
 * colours where nothing has to be cut.
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
