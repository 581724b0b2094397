import { isDeepStrictEqual } from 'node:util'
import type { Output } from '../output/output.ts'
import { printable, printableLines } from '../output/printable.ts'
import type { Content, Run } from '../queries/run-documents.ts'

function bytesInWords(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`
  const [value, unit] = bytes < 1_024 ** 2 ? [bytes / 1_024, 'KiB'] : [bytes / 1_024 ** 2, 'MiB']
  return `${value.toFixed(1)} ${unit}`
}

function isJsonOf(text: string, value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), value)
  } catch {
    return false
  }
}

/** Content in one line; a text as it is. */
export function describeContent(content: Content): string {
  switch (content.__typename) {
    case 'TextContent':
      return content.text
    case 'ImageContent':
    case 'AudioContent': {
      const kind = content.__typename === 'ImageContent' ? 'image' : 'audio'
      return `[${kind} ${printable(content.mimeType)}, ${bytesInWords(content.byteLength)}]`
    }
    case 'EmbeddedResourceContent': {
      const { uri, mimeType, text, base64 } = content
      const bytes = base64 === null ? Buffer.byteLength(text ?? '') : Buffer.byteLength(base64, 'base64')
      return `[resource ${[uri, ...(mimeType === null ? [] : [mimeType])].map(printable).join(' ')}, ${bytesInWords(bytes)}]`
    }
    case 'ResourceLinkContent':
      return `[link ${printable(content.uri)} ${printable(content.title ?? content.name)}]`
    case 'UnknownContent':
      return `[${printable(content.type) || 'unknown'}] ${JSON.stringify(content.raw)}`
  }
}

/** Prints the content of a result; on a terminal without control characters. `saved` has the paths of saved content. */
export function printResult(output: Output, run: Run, saved: ReadonlyMap<number, string> = new Map()): void {
  if (!run.result) return
  const { content, structuredContent } = run.result
  const hasStructure = structuredContent !== null
  const parts = content.flatMap((each, index) => {
    // A server gives structured content as a text too, for clients that do not know it (MCP 2025-11-25, tools).
    const isRepeated = hasStructure && each.__typename === 'TextContent' && isJsonOf(each.text, structuredContent)
    const path = saved.get(index)
    return isRepeated ? [] : [path === undefined ? describeContent(each) : `${describeContent(each)} saved as ${path}`]
  })
  if (hasStructure) parts.push(JSON.stringify(structuredContent, null, 2))
  for (const part of parts) {
    const text = part.endsWith('\n') ? part.slice(0, -1) : part
    output.print(output.isTerminal ? printableLines(text) : text)
  }
}
