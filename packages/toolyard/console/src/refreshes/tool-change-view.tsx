import { Code, Stack } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { LongText, mayScroll } from '../text/long-text.tsx'
import { type DiffPart, wordDiff } from '../text/word-diff.ts'
import type { ToolChange } from './refresh-documents.ts'

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, undefined, 2))
const isAbsent = (value: unknown) => value === null || value === undefined

type Side = 'before' | 'after'
const headings: Readonly<Record<Side, string>> = { before: 'Before', after: 'After' }

interface ValueProps {
  readonly value: unknown
  readonly side: Side
  /** The words of the value, if it was compared with the other one. */
  readonly parts: readonly DiffPart[] | undefined
}

function Words({ parts, side }: { readonly parts: readonly DiffPart[]; readonly side: Side }) {
  const text = parts.map((part) => part.text).join('')
  const Mark = side === 'before' ? 'del' : 'ins'
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
    <div className="text mono" dir="auto" role="group" aria-label={side} tabIndex={mayScroll(text) ? 0 : undefined}>
      {parts.map(({ text: words, isChanged }, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: parts may repeat, and a change never changes
        isChanged ? <Mark key={index}>{showHiddenText(words)}</Mark> : <span key={index}>{showHiddenText(words)}</span>,
      )}
    </div>
  )
}

function Value({ value, side, parts }: ValueProps) {
  return (
    <div>
      <div className="change-heading">{headings[side]}</div>
      {isAbsent(value) ? (
        <div className={`block ${side} quiet`}>{side === 'before' ? 'absent' : 'removed'}</div>
      ) : (
        <div className={`block ${side}`}>
          {parts ? (
            <Words parts={parts} side={side} />
          ) : (
            <LongText text={textOf(value)} isMono limit={400} label={side} />
          )}
        </div>
      )}
    </div>
  )
}

/** Shows one changed field of a tool's definition, word by word if both values are short enough. */
export function ToolChangeView({ change }: { readonly change: ToolChange }) {
  const { before, after, pointer } = change
  const diff = isAbsent(before) || isAbsent(after) ? undefined : wordDiff(textOf(before), textOf(after))
  return (
    <Stack gap="var(--space-2)">
      <Code className="pointer">
        <bdi>{showHiddenText(pointer.slice(0, 300)) || '(entire definition)'}</bdi>
      </Code>
      <div className="change-values">
        <Value value={before} side="before" parts={diff?.before} />
        <Value value={after} side="after" parts={diff?.after} />
      </div>
    </Stack>
  )
}
