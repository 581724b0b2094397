import { Stack, Text } from '@mantine/core'
import { ValueView } from '../text/value-view.tsx'
import { ContentBlock } from './content-block.tsx'
import { blocksOnce } from './once.ts'
import type { RunResult as Result } from './run-documents.ts'

export function RunResult({ result }: { readonly result: Result }) {
  const { structuredContent, truncated } = result
  const hasStructured = structuredContent !== null && structuredContent !== undefined
  const blocks = blocksOnce(result)
  return (
    <Stack gap="sm" data-result={result.status}>
      {truncated && (
        <Text size="sm" className="quiet">
          The result exceeded the size limit and was truncated.
        </Text>
      )}
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a result never change
        <ContentBlock key={index} block={block} />
      ))}
      {hasStructured && (
        <section aria-label="Structured content">
          <Text size="sm" fw={600} mb="var(--space-2)">
            Structured content
          </Text>
          <ValueView value={structuredContent} label="Structured content" />
        </section>
      )}
      {blocks.length === 0 && !hasStructured && (
        <Text size="sm" className="quiet">
          The tool returned no content.
        </Text>
      )}
    </Stack>
  )
}
