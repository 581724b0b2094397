import { Loader, SegmentedControl, Stack } from '@mantine/core'
import { lazy, Suspense, useMemo, useState } from 'react'
import { BlockActions } from './block-actions.tsx'
import { JsonView } from './json-view.tsx'
import { rowsIn } from './object-rows.ts'
import { ObjectTable } from './object-table.tsx'

const JsonTree = lazy(() => import('./json-tree.tsx'))

type View = 'JSON' | 'Tree' | 'Table'

/** A JSON value as text, as a tree to search, and as a table if it is a list of objects. */
export function ValueView({ value, label }: { readonly value: unknown; readonly label: string }) {
  const rows = useMemo(() => rowsIn(value), [value])
  const views: readonly View[] = rows ? ['JSON', 'Tree', 'Table'] : ['JSON', 'Tree']
  const [view, setView] = useState<View>(rows ? 'Table' : 'JSON')
  const text = useMemo(() => JSON.stringify(value, undefined, 2), [value])
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
          file={() => ({ name: 'result.json', content: new Blob([text], { type: 'application/json' }) })}
        />
      </div>
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
