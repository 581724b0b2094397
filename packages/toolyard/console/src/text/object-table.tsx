import { Button } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { useState } from 'react'
import type { ObjectRows } from './object-rows.ts'

const rowsAtOnce = 50
const maxCell = 300

function cellText(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return showHiddenText(text.length > maxCell ? `${text.slice(0, maxCell)}…` : text)
}

/** A list of objects as a table. */
export function ObjectTable({ columns, rows }: ObjectRows) {
  const [shown, setShown] = useState(rowsAtOnce)
  return (
    <div className="block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <table className="object-table" tabIndex={0}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                <bdi>{showHiddenText(name.slice(0, 100))}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a result never change
            <tr key={index}>
              {columns.map((name) => (
                <td key={name}>
                  <bdi>{cellText(row[name])}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <Button variant="subtle" size="compact-sm" mt="var(--space-2)" onClick={() => setShown(shown + rowsAtOnce)}>
          Show more of {rows.length} rows
        </Button>
      )}
    </div>
  )
}
