import type { ContentBlock, ToolExecutionResult } from '../jobs/job.ts'
import { isJsonLonger, isJsonObject, type JsonObject, type JsonValue } from '../json.ts'

function optional<Key extends string>(key: Key, value: JsonValue | undefined) {
  return typeof value === 'string' ? { [key]: value } : {}
}

/** One block as MCP 2025-11-25 defines it; one that does not fit its own kind is kept as it came. */
function toBlock(raw: JsonValue): ContentBlock {
  if (!isJsonObject(raw)) return { type: 'unknown', raw: { value: raw } }
  const { type, text, data, mimeType, uri, name, title, resource } = raw
  if (type === 'text' && typeof text === 'string') return { type, text }
  if ((type === 'image' || type === 'audio') && typeof data === 'string' && typeof mimeType === 'string') {
    return { type, mimeType, data }
  }
  if (type === 'resource_link' && typeof uri === 'string' && typeof name === 'string') {
    return { type, uri, name, ...optional('title', title), ...optional('mimeType', mimeType) }
  }
  if (type === 'resource' && isJsonObject(resource) && typeof resource.uri === 'string') {
    return {
      type,
      uri: resource.uri,
      ...optional('mimeType', resource.mimeType),
      ...optional('text', resource.text),
      ...optional('blob', resource.blob),
    }
  }
  return { type: 'unknown', raw }
}

function funcReturn(structured: JsonValue, content: readonly ContentBlock[]): JsonValue {
  if (structured !== null) return structured
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  if (texts.length === 0) return null
  const text = texts.join('\n')
  if (!/^\s*[[{]/.test(text)) return text
  try {
    const parsed: JsonValue = JSON.parse(text)
    return parsed
  } catch {
    // It only looked like JSON: the rule then is the text itself.
    return text
  }
}

/** The first `length` characters, one less if a pair would be split; a copy, as a part of a long text keeps all of it alive. */
function headOf(text: string, length: number): string {
  if (text.length <= length) return text
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(length))
  return Buffer.from(text.slice(0, isSplit ? length - 1 : length)).toString()
}

/** Cuts texts once `limit` characters are used up, in order; other kinds stay. */
function cutTexts(content: readonly ContentBlock[], limit: number): { content: readonly ContentBlock[]; cut: boolean } {
  let left = limit
  let cut = false
  const kept = content.map((block) => {
    if (block.type !== 'text') return block
    const text = headOf(block.text, left)
    const isCut = text.length < block.text.length
    cut ||= isCut
    left = isCut ? 0 : left - text.length
    return { ...block, text }
  })
  return { content: cut ? kept : content, cut }
}

/** The answer of `tools/call` in the registry's form. Texts and structured content over `charLimit` are cut or left out. */
export function toExecutionResult(
  answer: JsonObject,
  stderr: readonly string[],
  charLimit: number,
  configFingerprint: string,
): ToolExecutionResult {
  const blocks = Array.isArray(answer.content) ? answer.content.map(toBlock) : []
  const structured = answer.structuredContent ?? null
  const isTooLong = structured !== null && isJsonLonger(structured, charLimit)
  const structuredContent = isTooLong ? null : structured
  const { content, cut } = cutTexts(blocks, charLimit)
  return {
    status: answer.isError === true ? 'ERROR' : 'SUCCESS',
    funcReturn: funcReturn(structuredContent, content),
    stdout: [],
    stderr,
    structuredContent,
    content,
    meta: isJsonObject(answer._meta) ? answer._meta : null,
    truncated: cut || isTooLong,
    configFingerprint,
  }
}
