import { headOf } from '../base/cut-text.ts'
import { RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, kindOf } from '../base/json.ts'

const maxVersionBytes = 100
const capabilityNames = ['tools', 'resources', 'prompts', 'completions'] as const

/** A member that the specification has as optional: `null` counts as absent. */
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

/** The options of a capability that are read. */
const optionsOf = (capabilities: JsonObject, name: string): JsonObject =>
  name === 'resources' && objectAt(capabilities, name).subscribe === true ? { subscribe: true } : {}

/**
 * Picks the members of the result of `initialize` that are read (MCP 2025-11-25, lifecycle), and drops the rest.
 * @throws PROTOCOL_ERROR naming the first member that breaks the specification.
 */
export function readIntroduction(result: JsonObject): JsonObject {
  const version = required(result, '', 'protocolVersion', 'a string')
  required(result, '', 'capabilities', 'an object')
  required(result, '', 'serverInfo', 'an object')
  const info = objectAt(result, 'serverInfo')
  const given = objectAt(result, 'capabilities')
  // Only whether there is a capability is of interest, and one option.
  const declared = capabilityNames.filter((name) => name in optional(given, '/capabilities', name, 'an object'))
  return {
    // An error quotes an unknown version.
    protocolVersion: headOf(String(version.protocolVersion), maxVersionBytes),
    capabilities: Object.fromEntries(declared.map((name) => [name, optionsOf(given, name)])),
    serverInfo: {
      ...required(info, '/serverInfo', 'name', 'a string'),
      ...required(info, '/serverInfo', 'version', 'a string'),
      ...optional(info, '/serverInfo', 'title', 'a string'),
      ...optional(info, '/serverInfo', 'websiteUrl', 'a string'),
    },
    ...optional(result, '', 'instructions', 'a string'),
  }
}
