import { RegistryError } from '../base/errors.ts'
import { type JsonObject, kindOf } from '../base/json.ts'
import type { ToolListPage } from './session.ts'

/**
 * The result of `tools/list` as a page.
 * @throws PROTOCOL_ERROR
 */
export function readToolListPage(result: JsonObject, bytes: number): ToolListPage {
  const { tools } = result
  if (Array.isArray(tools)) return { tools, nextCursor: nextCursorOf(result), bytes }
  throw brokenAnswer(`/tools: expected a list, got ${kindOf(tools)}`)
}

/** Null and the empty string end the list. Any other type would end it as well, silently, and is refused. */
function nextCursorOf({ nextCursor = null }: JsonObject): string | undefined {
  if (nextCursor === null || nextCursor === '') return undefined
  if (typeof nextCursor === 'string') return nextCursor
  throw brokenAnswer(`/nextCursor: expected a string, got ${kindOf(nextCursor)}`)
}

const brokenAnswer = (reason: string) => new RegistryError('PROTOCOL_ERROR', `The answer to tools/list: ${reason}`)
