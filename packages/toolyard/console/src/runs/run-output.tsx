import { Text } from '@mantine/core'
import { BlockActions } from '../text/block-actions.tsx'
import { LongText } from '../text/long-text.tsx'

interface RunOutputProps {
  readonly text: string
  /** Lines that arrived too fast to be kept. */
  readonly leftOut: number
}

/** What the server of a run wrote: log messages and stderr. */
export function RunOutput({ text, leftOut }: RunOutputProps) {
  return (
    <section aria-label="Output">
      <div className="block-head">
        <Text size="sm" fw={600}>
          Output
        </Text>
        <BlockActions
          name="output"
          text={text}
          file={() => ({ name: 'output.txt', content: new Blob([text], { type: 'text/plain' }) })}
        />
      </div>
      <div className="block output" data-output="">
        <LongText text={text} isMono limit={20_000} label="Output" />
      </div>
      {leftOut > 0 && (
        <Text size="sm" className="quiet">
          {leftOut} lines omitted: they arrived too fast.
        </Text>
      )}
    </section>
  )
}
