import { Button } from '@mantine/core'
import { useState } from 'react'
import { beginningOf } from './beginning-of.ts'
import { Description, maxMarkdown } from './description.tsx'

/** Longest description shown whole, in characters: what is below it stays in sight. */
const maxWhole = 600

interface LongDescriptionProps {
  readonly text: string
  /** What the text is, in the names of its button. @default 'description' */
  readonly what?: string
}

/** What a server says of itself or of a tool, as Markdown without HTML. A long one is folded. */
export function LongDescription({ text, what = 'description' }: LongDescriptionProps) {
  const [isAll, setIsAll] = useState(false)
  const isFoldable = text.length > maxWhole && text.length <= maxMarkdown
  return (
    <div className="prose">
      <Description text={isFoldable && !isAll ? beginningOf(text, maxWhole) : text} />
      {isFoldable && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt="var(--space-2)"
          aria-expanded={isAll}
          onClick={() => setIsAll(!isAll)}
        >
          {isAll ? `Show less of the ${what}` : `Show all of the ${what}`}
        </Button>
      )}
    </div>
  )
}
