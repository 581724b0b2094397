import { Button } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/hidden-text'
import { useMemo, useState } from 'react'

interface LongTextProps {
  readonly text: string
  /** Characters that are shown before somebody wants all. */
  readonly limit?: number
  readonly isMono?: boolean
  readonly label?: string
}

/** It may be higher than what is shown of it at a time. */
function mayScroll(text: string): boolean {
  return text.length > 900 || text.split('\n', 16).length > 15
}

const count = new Intl.NumberFormat('en')

/**
 * A text that the console did not write, as it is: markup is text, lines stay lines, its direction stays its own, and what
 * would not be seen is shown as `⟨U+200B⟩`.
 */
export function LongText({ text, limit = 2_000, isMono = false, label }: LongTextProps) {
  const [isAll, setIsAll] = useState(false)
  const isCut = !isAll && text.length > limit
  const shown = useMemo(() => showHiddenText(isCut ? `${text.slice(0, limit)}…` : text), [text, isCut, limit])
  return (
    <div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls */}
      <div
        className={isMono ? 'text mono' : 'text prose'}
        dir="auto"
        role="group"
        // What scrolls must be reached by the keyboard.
        tabIndex={mayScroll(shown) ? 0 : undefined}
        aria-label={label}
      >
        {shown}
      </div>
      {text.length > limit && (
        <Button variant="subtle" size="compact-sm" mt={4} onClick={() => setIsAll(!isAll)}>
          {isAll ? 'Show less' : `Show all ${count.format(text.length)} characters`}
        </Button>
      )}
    </div>
  )
}
