import { useMemo } from 'react'
import { LongText } from './long-text.tsx'

export function JsonView({ value, label }: { readonly value: unknown; readonly label?: string }) {
  const text = useMemo(() => JSON.stringify(value, undefined, 2) ?? 'undefined', [value])
  return (
    <div className="block">
      <LongText text={text} isMono {...(label === undefined ? {} : { label })} />
    </div>
  )
}
