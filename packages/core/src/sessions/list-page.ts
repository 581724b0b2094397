import { RegistryError } from '../base/errors.ts'
import { type JsonObject, kindOf } from '../base/json.ts'
import type { FeatureKind } from '../model/feature.ts'
import type { McpOperation } from '../telemetry/observer.ts'

/** A list of a server: its method, and the member of the result that has the entries. */
export interface ServerList {
  readonly method: McpOperation['method']
  readonly member: 'tools' | 'resources' | 'resourceTemplates' | 'prompts'
}

export const toolList: ServerList = { method: 'tools/list', member: 'tools' }

export const featureLists: Readonly<Record<FeatureKind, ServerList>> = {
  RESOURCE: { method: 'resources/list', member: 'resources' },
  RESOURCE_TEMPLATE: { method: 'resources/templates/list', member: 'resourceTemplates' },
  PROMPT: { method: 'prompts/list', member: 'prompts' },
}

/** @throws PROTOCOL_ERROR for a result that is no page of the list */
export function readListPage(
  { method, member }: ServerList,
  result: JsonObject,
): { readonly entries: readonly unknown[]; readonly nextCursor: string | undefined } {
  const entries = result[member]
  if (Array.isArray(entries)) return { entries, nextCursor: nextCursorOf(method, result) }
  throw brokenAnswer(method, `/${member}: expected a list, got ${kindOf(entries)}`)
}

/** Null and the empty string end the list. Any other type would end it as well, silently, and is refused. */
function nextCursorOf(method: string, { nextCursor = null }: JsonObject): string | undefined {
  if (nextCursor === null || nextCursor === '') return undefined
  if (typeof nextCursor === 'string') return nextCursor
  throw brokenAnswer(method, `/nextCursor: expected a string, got ${kindOf(nextCursor)}`)
}

function brokenAnswer(method: string, reason: string): RegistryError {
  return new RegistryError('PROTOCOL_ERROR', `The answer to ${method}: ${reason}`)
}
