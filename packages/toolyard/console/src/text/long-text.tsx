import { Button } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { useMemo, useState } from 'react'
import { textPieces } from './text-pieces.ts'

interface LongTextProps {
  readonly text: string
  /** Number of characters shown until the user expands the text. */
  readonly limit?: number
  readonly isMono?: boolean
  readonly label?: string
}

/** Whether the text may be taller than its box. */
export function mayScroll(text: string): boolean {
  return text.length > 900 || text.split('\n', 16).length > 15
}

const count = new Intl.NumberFormat('en')

/**
 * Shows foreign text verbatim: markup stays text, line breaks and direction are kept, and invisible characters appear as
 * `⟨U+200B⟩`.
 */
export function LongText({ text, limit = 2_000, isMono = false, label }: LongTextProps) {
  const [isAll, setIsAll] = useState(false)
  const isCut = !isAll && text.length > limit
  const shown = useMemo(() => showHiddenText(isCut ? `${text.slice(0, limit)}…` : text), [text, isCut, limit])
  const pieces = useMemo(() => textPieces(shown), [shown])
  return (
    <div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls */}
      <div
        className={isMono ? 'text mono' : 'text prose'}
        dir="auto"
        role="group"
        // A scrolling element must be reachable by keyboard.
        tabIndex={mayScroll(shown) ? 0 : undefined}
        aria-label={label}
      >
        {pieces.length < 2
          ? shown
          : pieces.map((piece, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a piece is what is at its place
              <div key={index} className="text-piece">
                {piece}
              </div>
            ))}
      </div>
      {text.length > limit && (
        <Button variant="subtle" size="compact-sm" mt="var(--space-2)" onClick={() => setIsAll(!isAll)}>
          {isAll ? 'Show less' : `Show all ${count.format(text.length)} characters`}
        </Button>
      )}
    </div>
  )
}
