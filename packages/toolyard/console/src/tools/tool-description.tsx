import { Button } from '@mantine/core'
import { useState } from 'react'
import { Description, maxMarkdown } from '../schema-form/description.tsx'
import { beginningOf } from '../text/beginning-of.ts'

/** Longest description shown whole, in characters: the form stays in sight below it. */
const maxWhole = 600

/** What the server says of its tool, as Markdown without HTML. A long one is folded. */
export function ToolDescription({ text }: { readonly text: string }) {
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
          {isAll ? 'Show less of the description' : 'Show all of the description'}
        </Button>
      )}
    </div>
  )
}
