import { isSame } from '../schema-form/schema.ts'
import { parsedJson } from '../text/parsed-json.ts'
import type { ContentBlock, RunResult } from './run-documents.ts'

/** The blocks without those that repeat the structured content as JSON, as servers do for older clients. */
export function blocksOnce({ content, structuredContent }: RunResult): readonly ContentBlock[] {
  if (structuredContent === null || structuredContent === undefined) return content
  return content.filter((block) => {
    if (block.__typename !== 'TextContent') return true
    const value = parsedJson(block.text)
    return value === undefined || !isSame(value, structuredContent)
  })
}
