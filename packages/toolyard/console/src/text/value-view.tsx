import { Loader, SegmentedControl, Stack } from '@mantine/core'
import { lazy, Suspense, useMemo, useState } from 'react'
import { BlockActions } from './block-actions.tsx'
import { JsonView } from './json-view.tsx'
import { LongText } from './long-text.tsx'
import { rowsIn } from './object-rows.ts'
import { ObjectTable } from './object-table.tsx'

const JsonTree = lazy(() => import('./json-tree.tsx'))

type View = 'Text' | 'JSON' | 'Tree' | 'Table'

interface ValueViewProps {
  readonly value: unknown
  readonly label: string
  /** The text that the value was read from, as a view of its own. @default no such view */
  readonly source?: string
}

/** A JSON value as text, as a tree to search, and as a table if it is a list of objects. */
export function ValueView({ value, label, source }: ValueViewProps) {
  const rows = useMemo(() => rowsIn(value), [value])
  const views: readonly View[] = [
    ...(source === undefined ? [] : (['Text'] as const)),
    'JSON',
    'Tree',
    ...(rows ? (['Table'] as const) : []),
  ]
  const [view, setView] = useState<View>(rows ? 'Table' : 'JSON')
  const json = useMemo(() => JSON.stringify(value, undefined, 2), [value])
  const isSource = view === 'Text' && source !== undefined
  const text = isSource ? source : json
  const file = isSource
    ? ({ name: 'result.txt', type: 'text/plain' } as const)
    : ({ name: 'result.json', type: 'application/json' } as const)
  return (
    <Stack gap="xs">
      <div className="block-head">
        <SegmentedControl
          size="xs"
          data={[...views]}
          value={view}
          onChange={(next) => setView(views.find((each) => each === next) ?? 'JSON')}
          aria-label={`View ${label} as`}
        />
        <BlockActions
          name={label}
          text={text}
          file={() => ({ name: file.name, content: new Blob([text], { type: file.type }) })}
        />
      </div>
      {isSource && (
        <div className="block">
          <LongText text={source} isMono label={label} />
        </div>
      )}
      {view === 'JSON' && <JsonView value={value} label={label} />}
      {view === 'Table' && rows && <ObjectTable {...rows} />}
      {view === 'Tree' && (
        <Suspense fallback={<Loader size="xs" />}>
          <JsonTree value={value} label={label} />
        </Suspense>
      )}
    </Stack>
  )
}
