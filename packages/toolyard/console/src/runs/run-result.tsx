import { Stack, Text } from '@mantine/core'
import { JsonView } from '../text/json-view.tsx'
import { ContentBlock } from './content-block.tsx'
import type { RunResult as Result } from './run-documents.ts'

/** Whether the only text repeats the structured content as JSON. */
function isRepeated({ structuredContent, content }: Result): boolean {
  const [only] = content
  if (content.length !== 1 || only?.__typename !== 'TextContent') return false
  try {
    return JSON.stringify(JSON.parse(only.text)) === JSON.stringify(structuredContent)
  } catch {
    // The text is prose, not JSON.
    return false
  }
}

export function RunResult({ result }: { readonly result: Result }) {
  const { content, structuredContent, truncated } = result
  const hasStructured = structuredContent !== null && structuredContent !== undefined
  const blocks = hasStructured && isRepeated(result) ? [] : content
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
          <Text size="sm" fw={600} mb={4}>
            Structured content
          </Text>
          <JsonView value={structuredContent} label="Structured content" />
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
