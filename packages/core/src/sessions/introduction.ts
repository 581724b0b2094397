import { headOf } from '../base/cut-text.ts'
import { RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, kindOf } from '../base/json.ts'

const maxVersionBytes = 100

/** Members that the specification has as optional: `null` counts as absent. */
function optional(from: JsonObject, path: string, key: string, type: 'a string' | 'an object'): JsonObject {
  const value = from[key] ?? undefined
  return value === undefined ? {} : required(from, path, key, type)
}

function required(from: JsonObject, path: string, key: string, type: 'a string' | 'an object'): JsonObject {
  const value = from[key]
  if (value !== undefined && kindOf(value) === type) return { [key]: value }
  const message = `The answer to initialize: ${path}/${key}: expected ${type}, got ${kindOf(value)}`
  throw new RegistryError('PROTOCOL_ERROR', message)
}

const objectAt = (from: JsonObject, key: string): JsonObject => {
  const value: JsonValue | undefined = from[key]
  return isJsonObject(value) ? value : {}
}

/**
 * What is read of the result of `initialize` (MCP 2025-11-25, lifecycle), and nothing else of it. Throws PROTOCOL_ERROR
 * that names the first member which is not as the specification has it.
 */
export function readIntroduction(result: JsonObject): JsonObject {
  const version = required(result, '', 'protocolVersion', 'a string')
  required(result, '', 'capabilities', 'an object')
  required(result, '', 'serverInfo', 'an object')
  const info = objectAt(result, 'serverInfo')
  const tools = optional(objectAt(result, 'capabilities'), '/capabilities', 'tools', 'an object')
  return {
    // One that is not known is quoted.
    protocolVersion: headOf(String(version.protocolVersion), maxVersionBytes),
    // What a server says of its tools is not asked for.
    capabilities: 'tools' in tools ? { tools: {} } : {},
    serverInfo: {
      ...required(info, '/serverInfo', 'name', 'a string'),
      ...required(info, '/serverInfo', 'version', 'a string'),
      ...optional(info, '/serverInfo', 'title', 'a string'),
      ...optional(info, '/serverInfo', 'websiteUrl', 'a string'),
    },
    ...optional(result, '', 'instructions', 'a string'),
  }
}
