import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { isStringList, resolveRef } from '../../json-schema/schema-keywords.ts'
import { mapRefs } from './map-refs.ts'

/** Names that Anthropic's API takes for properties of the root. */
const propertyName = /^[a-zA-Z0-9_.-]{1,64}$/

/** Moves properties of the root whose names Anthropic's API refuses (`$top`, `filter[id]`) to the description. */
export function toAnthropicSchema(schema: JsonObject): JsonObject {
  const { properties, required, additionalProperties: _, unevaluatedProperties: __, description, ...rest } = schema
  if (!isJsonObject(properties) || Object.keys(properties).every((name) => propertyName.test(name))) return schema
  const entries = Object.entries(properties)
  const told = Object.fromEntries(entries.filter(([name]) => !propertyName.test(name)))
  const names = isStringList(required) ? required.filter((name) => propertyName.test(name)) : []
  const must = isStringList(required) ? required.filter((name) => !propertyName.test(name)) : []
  const lines = [
    ...(typeof description === 'string' ? [description] : []),
    `Takes these properties too${must.length > 0 ? `, ${must.join(', ')} always` : ''}: ${JSON.stringify(told)}`,
  ]
  const taken: JsonObject = {
    ...rest,
    description: lines.join('\n'),
    properties: Object.fromEntries(entries.filter(([name]) => propertyName.test(name))),
    ...(names.length > 0 ? { required: names } : {}),
  }
  return mapRefs(taken, (ref) => (resolveRef(taken, ref) ? ref : undefined))
}
