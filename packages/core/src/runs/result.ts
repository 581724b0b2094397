import { inexactNumber } from '../base/exact-json.ts'
import { isDeeperThan, isJsonObject, isLongerJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { parseInPieces } from '../base/json-in-pieces.ts'
import type { ContentBlock, ToolExecutionResult } from '../model/job.ts'
import { contentOf, createRemarksRoom, structuredOf, toBlock } from './content.ts'

/** Longest text that is parsed in one piece, in characters. */
const wholeLength = 256 * 1024
/** Deepest parsed text: storing it is recursive. */
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

/** The value of a text that is JSON; the text itself otherwise. */
function parsedText(text: string): JsonValue | Promise<JsonValue> {
  if (!/^\s*[[{]/.test(text)) return text
  if (text.length > wholeLength) return parsedLongText(text)
  try {
    // Only the text has the exact value of a number that parsing would round.
    if (inexactNumber(text) !== undefined) return text
    const parsed: JsonValue = JSON.parse(text)
    // A deeper value could not be stored: printing it is recursive.
    return isDeeperThan(parsed, maxDepth) ? text : parsed
  } catch {
    // The text only looked like JSON.
    return text
  }
}

function funcReturn(structured: JsonValue, content: readonly ContentBlock[]): JsonValue | Promise<JsonValue> {
  if (structured !== null) return structured
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return texts.length === 0 ? null : parsedText(texts.join('\n'))
}

/** The first `length` characters, or one less to split no surrogate pair. A copy: a slice keeps the whole text alive. */
function charactersOf(text: string, length: number): string {
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(length))
  return Buffer.from(text.slice(0, isSplit ? length - 1 : length)).toString()
}

interface Cut {
  readonly content: readonly ContentBlock[]
  readonly isCut: boolean
}

/** Whether nothing is cut, as far as the lengths of texts tell. */
function fits(content: readonly ContentBlock[], limit: number): boolean {
  if (content.length > maxBlocks) return false
  let left = limit
  for (const block of content) {
    if (block.type === 'unknown') return false
    if (block.type === 'text') left -= block.text.length
  }
  return left >= 0
}

/** Cuts texts, in order, once `limit` characters are used up, and drops blocks of unknown types then; others stay. */
function cutContent(content: readonly ContentBlock[], limit: number): Cut {
  if (fits(content, limit)) return { content, isCut: false }
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
 * Turns the answer of `tools/call` into a result. Beyond `charLimit` characters, texts are cut. Structured content, `_meta`,
 * remarks of blocks and blocks of unknown types are dropped then. So are blocks after the first 10,000. A promise only for
 * a long text that is JSON.
 *
 * @throws PROTOCOL_ERROR for an answer that is not one of a tool
 */
export function toExecutionResult(
  answer: JsonObject,
  stderr: readonly string[],
  charLimit: number,
  configFingerprint: string,
): ToolExecutionResult | Promise<ToolExecutionResult> {
  const within = (value: JsonValue | undefined) =>
    value === undefined || isLongerJson(value, charLimit) ? null : value
  // One more than is kept, so that the cut shows.
  const given = contentOf(answer).slice(0, maxBlocks + 1)
  const room = createRemarksRoom(charLimit)
  const blocks = given.map((raw) => toBlock(raw, room))
  const { content, isCut } = cutContent(blocks, charLimit)
  const structured = structuredOf(answer) ?? null
  const structuredContent = within(structured)
  const meta = isJsonObject(answer._meta) ? within(answer._meta) : null
  const isLeftOut = (structuredContent === null && structured !== null) || (meta === null && isJsonObject(answer._meta))
  const resultOf = (returned: JsonValue): ToolExecutionResult => ({
    status: answer.isError === true ? 'ERROR' : 'SUCCESS',
    funcReturn: returned,
    stdout: [],
    stderr,
    structuredContent,
    content,
    meta: isJsonObject(meta) ? meta : null,
    truncated: isCut || isLeftOut || !room.sufficed,
    configFingerprint,
  })
  const returned = funcReturn(structuredContent, content)
  return returned instanceof Promise ? returned.then(resultOf) : resultOf(returned)
}
