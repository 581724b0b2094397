import { inexactNumber } from '../base/exact-json.ts'
import { isDeeperThan, isJsonObject, isLongerJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { parseInPieces } from '../base/json-in-pieces.ts'
import type { ContentBlock, ToolExecutionResult } from '../model/job.ts'
import { contentOf, createRemarksRoom, structuredOf, toBlock } from './content.ts'

/** A longer text is parsed in pieces. */
const wholeLength = 256 * 1024
const maxDepth = 200
const maxValues = 1_000_000
const maxBlocks = 10_000

/** As `parsedText`, without holding the event loop. */
async function parsedLongText(text: string): Promise<JsonValue> {
  try {
    const parsed = await parseInPieces(Buffer.from(text), {
      maxValues,
      maxDepth,
      tooMany: () => new SyntaxError(),
      isExact: true,
    })
    await parsed.fill(Number.POSITIVE_INFINITY)
    return parsed.value
  } catch {
    return text
  }
}

/** What a text says that looks like JSON, or the text itself. */
function parsedText(text: string): JsonValue | Promise<JsonValue> {
  if (!/^\s*[[{]/.test(text)) return text
  if (text.length > wholeLength) return parsedLongText(text)
  try {
    // A number that would be another one is right in the text alone.
    if (inexactNumber(text) !== undefined) return text
    const parsed: JsonValue = JSON.parse(text)
    // What is deeper could not be stored: printing it is recursive.
    return isDeeperThan(parsed, maxDepth) ? text : parsed
  } catch {
    // It only looked like JSON: the rule then is the text itself.
    return text
  }
}

function funcReturn(structured: JsonValue, content: readonly ContentBlock[]): JsonValue | Promise<JsonValue> {
  if (structured !== null) return structured
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return texts.length === 0 ? null : parsedText(texts.join('\n'))
}

/** The first `length` characters, one less if a pair would be split; a copy, as a part of a long text keeps all of it alive. */
function charactersOf(text: string, length: number): string {
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(length))
  return Buffer.from(text.slice(0, isSplit ? length - 1 : length)).toString()
}

interface Cut {
  readonly content: readonly ContentBlock[]
  readonly isCut: boolean
}

/** Cuts texts once `limit` characters are used up, in order, and leaves out what is unknown then; other kinds stay. */
function cutContent(content: readonly ContentBlock[], limit: number): Cut {
  let left = limit
  let isCut = content.length > maxBlocks
  const kept = content.slice(0, maxBlocks).flatMap((block): readonly ContentBlock[] => {
    if (block.type === 'unknown') {
      const isLonger = isLongerJson(block.raw, left)
      isCut ||= isLonger
      if (isLonger) return []
      left -= JSON.stringify(block.raw).length
      return [block]
    }
    if (block.type !== 'text') return [block]
    const isLonger = left < block.text.length
    const text = isLonger ? charactersOf(block.text, left) : block.text
    isCut ||= isLonger
    left = isLonger ? 0 : left - text.length
    return [{ ...block, text }]
  })
  return { content: isCut ? kept : content, isCut }
}

/**
 * The answer of `tools/call` in the registry's form. Texts over `charLimit` are cut, and structured content, `_meta`, what
 * blocks have beside their content, and blocks of unknown kinds are left out beyond it, as are blocks beyond the first 10,000. Rejects with PROTOCOL_ERROR where
 * what came is no answer of a tool.
 */
export async function toExecutionResult(
  answer: JsonObject,
  stderr: readonly string[],
  charLimit: number,
  configFingerprint: string,
): Promise<ToolExecutionResult> {
  const within = (value: JsonValue | undefined) =>
    value === undefined || isLongerJson(value, charLimit) ? null : value
  // One more than are kept, so that it shows.
  const given = contentOf(answer).slice(0, maxBlocks + 1)
  const room = createRemarksRoom(charLimit)
  const blocks = given.map((raw) => toBlock(raw, room))
  const { content, isCut } = cutContent(blocks, charLimit)
  const structured = structuredOf(answer) ?? null
  const structuredContent = within(structured)
  const meta = isJsonObject(answer._meta) ? within(answer._meta) : null
  const isLeftOut = (structuredContent === null && structured !== null) || (meta === null && isJsonObject(answer._meta))
  return {
    status: answer.isError === true ? 'ERROR' : 'SUCCESS',
    funcReturn: await funcReturn(structuredContent, content),
    stdout: [],
    stderr,
    structuredContent,
    content,
    meta: isJsonObject(meta) ? meta : null,
    truncated: isCut || isLeftOut || !room.sufficed,
    configFingerprint,
  }
}
