import type { JSONValue, Tool } from 'ai'
import { jsonWithoutHiddenText, withoutHiddenText } from '../base/hidden-text.ts'
import { isJsonObject } from '../base/json.ts'
import type { ContentBlock, ToolExecutionResult } from '../model/job.ts'

/** The answer of a call as JSON, for the application and its front end. */
export interface ToolOutput extends Pick<ToolExecutionResult, 'content' | 'structuredContent' | 'truncated'> {
  /** The id of the run; `registry.runs` has it, with its events. */
  readonly runId: string
}

type ModelOutput = Awaited<ReturnType<NonNullable<Tool['toModelOutput']>>>
type Part = Extract<ModelOutput, { type: 'content' }>['value'][number]

const mediaTypePattern = /^[a-z]+\/[a-z0-9.+-]{1,100}$/i
const base64 = /^[A-Za-z0-9+/]+={0,2}$/

const text = (value: string): Part => ({ type: 'text', text: value })

/** A file part; text instead if it is malformed, as a model API would refuse the whole request. */
function file(mediaType: string | undefined, data: string): Part {
  const type = mediaType ?? 'application/octet-stream'
  if (!mediaTypePattern.test(type) || !base64.test(data) || data.length % 4 !== 0) {
    return text('[The tool answered with a file that cannot be read.]')
  }
  return { type: 'file', mediaType: type, data: { type: 'data', data } }
}

function toPart(block: ContentBlock): Part {
  switch (block.type) {
    case 'text':
      return text(block.text)
    case 'image':
    case 'audio':
      return file(block.mimeType, block.data)
    case 'resource_link':
      return text(`${block.title ?? block.name}: ${block.uri}`)
    case 'resource':
      return block.blob === undefined ? text(block.text ?? block.uri) : file(block.mimeType, block.blob)
    case 'unknown':
      return text(JSON.stringify(block.raw))
  }
}

/** Whether a value has the form of a `ToolOutput`. Does not check each block. */
export function isToolOutput(value: unknown): value is ToolOutput {
  return isJsonObject(value) && Array.isArray(value.content) && 'structuredContent' in value
}

/**
 * The output for the model: the structured content, the text, or both with files as parts. Text that users cannot see is
 * dropped, unless `hiddenText` is true.
 */
export function toModelOutput(
  { content, structuredContent, truncated }: ToolOutput,
  { hiddenText = false }: { readonly hiddenText?: boolean } = {},
): ModelOutput {
  const isText = content.every(({ type }) => type === 'text')
  if (structuredContent !== null && isText) {
    // The value is JSON; the SDK's type is not read-only.
    return {
      type: 'json',
      value: (hiddenText ? structuredContent : jsonWithoutHiddenText(structuredContent)) as JSONValue,
    }
  }
  const shown = (part: Part) =>
    part.type === 'text' && !hiddenText ? { ...part, text: withoutHiddenText(part.text) } : part
  const parts = content.map((block) => shown(toPart(block))).filter((part) => part.type !== 'text' || part.text !== '')
  if (truncated) parts.push(text('[The result was longer, and has been cut.]'))
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  if (texts.length < parts.length) return { type: 'content', value: parts }
  // Some model APIs take no empty text.
  return { type: 'text', value: texts.join('\n') || '[The tool answered with nothing.]' }
}
