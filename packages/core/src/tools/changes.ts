import { isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../json.ts'
import type { McpToolChange, ToolDefinition } from './tool.ts'

/** Own members only: a property called `constructor` or `__proto__` is data like any other. */
function member(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function* compare(
  pointer: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): Generator<McpToolChange> {
  if (before === after) return
  if (before === undefined || after === undefined) {
    yield { pointer, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
    return
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      yield* compare(`${pointer}/${index}`, before[index], after[index])
    }
    return
  }
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* compare(`${pointer}/${pointerToken(key)}`, member(before, key), member(after, key))
    }
    return
  }
  yield { pointer, before, after }
}

/**
 * The fields in which two definitions differ, by JSON Pointer; the order of object keys does not count.
 */
export function definitionChanges(before: ToolDefinition, after: ToolDefinition): readonly McpToolChange[] {
  return [...compare('', toJson(before), toJson(after))]
}

function toJson(definition: ToolDefinition): JsonObject {
  const { icons, ...rest } = definition
  return icons === undefined ? rest : { ...rest, icons: icons.map((icon) => ({ ...icon })) }
}
