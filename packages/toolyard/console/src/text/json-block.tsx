import { type ReactNode, useMemo } from 'react'
import { BlockActions } from './block-actions.tsx'
import { JsonView } from './json-view.tsx'

interface JsonBlockProps {
  readonly value: unknown
  readonly label: string
  /** Beside the buttons. @default nothing */
  readonly title?: ReactNode
}

/** JSON, to read and to copy. */
export function JsonBlock({ value, label, title }: JsonBlockProps) {
  const text = useMemo(() => JSON.stringify(value, undefined, 2) ?? '', [value])
  return (
    <>
      <div className="block-head">
        {title ?? <span />}
        <BlockActions name={label} text={text} />
      </div>
      <JsonView value={value} label={label} />
    </>
  )
}
