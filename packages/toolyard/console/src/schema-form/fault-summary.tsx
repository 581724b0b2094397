import { Alert } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import type { RefObject } from 'react'
import type { Fault } from './faults.ts'
import { focusField } from './focus-field.ts'
import { pointerSegments } from './schema.ts'

/** Faults listed in words; the rest are counted. */
const listed = 20

/** Where a fault is, for people: `people › Item 2 › name`. */
function placeOf(pointer: string): string {
  const names = pointerSegments(pointer).map((each) => (/^\d+$/.test(each) ? `Item ${Number(each) + 1}` : each))
  return names.length === 0 ? 'All values' : showHiddenText(names.join(' › ').slice(0, 200))
}

interface FaultSummaryProps {
  readonly faults: readonly Fault[]
  readonly idOf: (pointer: string) => string
  readonly ref: RefObject<HTMLDivElement | null>
}

/** Everything that is wrong, each line a way to its field. */
export function FaultSummary({ faults, idOf, ref }: FaultSummaryProps) {
  if (faults.length === 0) return null
  const title = faults.length === 1 ? '1 field needs another value' : `${faults.length} fields need another value`
  return (
    <Alert color="red" variant="light" title={title} role="group" aria-label={title} ref={ref} tabIndex={-1} mb="md">
      <ul className="form-summary">
        {faults.slice(0, listed).map(({ pointer, message }) => (
          <li key={`${pointer} ${message}`}>
            <a
              href={`#${idOf(pointer)}`}
              onClick={(event) => {
                event.preventDefault()
                focusField(idOf(pointer))
              }}
            >
              <bdi>{placeOf(pointer)}</bdi>
            </a>
            : <bdi>{message}</bdi>
          </li>
        ))}
        {faults.length > listed && <li>and {faults.length - listed} more</li>}
      </ul>
    </Alert>
  )
}
