import { isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../base/json.ts'
import type { McpToolChange, ToolDefinition } from '../model/tool.ts'

/** Reads own members only: a property called `constructor` or `__proto__` is data like any other. */
function member(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function sideChange(pointer: string, before: JsonValue | undefined, after: JsonValue | undefined): McpToolChange {
  return { pointer, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

function* compare(
  pointer: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): Generator<McpToolChange> {
  if (before === after) return
  if (before === undefined || after === undefined) {
    yield sideChange(pointer, before, after)
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

/** Number of changed values, and characters of their pointers, beyond which whole fields are compared. */
const maxChanges = 1_000
const maxPointers = 256 * 1024

/** Each changed value; undefined if there are too many for a reader. */
function valueChanges(before: JsonObject, after: JsonObject): readonly McpToolChange[] | undefined {
  const changes: McpToolChange[] = []
  let characters = 0
  for (const change of compare('', before, after)) {
    characters += change.pointer.length
    if (changes.length === maxChanges || characters > maxPointers) return undefined
    changes.push(change)
  }
  return changes
}

/** Each field of the definition that has changed. */
function fieldChanges(before: JsonObject, after: JsonObject): readonly McpToolChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return fields.flatMap((field) => {
    const sides = [member(before, field), member(after, field)] as const
    const isChanged = !compare('', ...sides).next().done
    return isChanged ? [sideChange(`/${pointerToken(field)}`, ...sides)] : []
  })
}

/**
 * Compares two definitions by JSON Pointer: answers each changed value, or each changed field once more than 1,000 values
 * have changed. The order of object keys does not count.
 */
export function definitionChanges(before: ToolDefinition, after: ToolDefinition): readonly McpToolChange[] {
  const sides = [toJson(before), toJson(after)] as const
  return valueChanges(...sides) ?? fieldChanges(...sides)
}

function toJson(definition: ToolDefinition): JsonObject {
  const { icons, ...rest } = definition
  return icons === undefined ? rest : { ...rest, icons: icons.map((icon) => ({ ...icon })) }
}
