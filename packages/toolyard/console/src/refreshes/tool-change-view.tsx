import { Code, Stack } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { LongText } from '../text/long-text.tsx'
import type { ToolChange } from './refresh-documents.ts'

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, undefined, 2))

function Value({ value, label }: { readonly value: unknown; readonly label: 'before' | 'after' }) {
  if (value === null || value === undefined)
    return <div className={`block ${label} quiet`}>{label === 'before' ? 'absent' : 'removed'}</div>
  return (
    <div className={`block ${label}`}>
      <LongText text={textOf(value)} isMono limit={400} label={label} />
    </div>
  )
}

/** Shows one changed field of a tool's definition. */
export function ToolChangeView({ change }: { readonly change: ToolChange }) {
  return (
    <Stack gap={4}>
      <Code className="pointer">
        <bdi>{showHiddenText(change.pointer.slice(0, 300)) || '(entire definition)'}</bdi>
      </Code>
      <div className="change-values">
        <Value value={change.before} label="before" />
        <Value value={change.after} label="after" />
      </div>
    </Stack>
  )
}
