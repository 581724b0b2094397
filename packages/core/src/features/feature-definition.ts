import { headOf } from '../base/cut-text.ts'
import { isJsonObject, type JsonObject, kindOf } from '../base/json.ts'
import {
  type DefinitionBudgets,
  definitionTextOf,
  excessOf,
  optionalIcons,
  optionalObject,
  optionalString,
  Unacceptable,
  withoutNulls,
} from '../model/definition-members.ts'
import type { FeatureDefinitions, FeatureKind, PromptArgument } from '../model/feature.ts'

/** Longest name, in characters. */
const maxNameLength = 512
/** Longest URI or URI template, in characters. */
const maxUriLength = 64 * 1024
/** Characters of an identifier that a rejection names. */
const maxShown = 200

export interface CheckedFeature {
  readonly identifier: string
  readonly definition: FeatureDefinitions[FeatureKind]
  readonly definitionText: string
}

export type FeatureCheck =
  | ({ readonly ok: true } & CheckedFeature)
  /** `name` is the identifier, or the place in the list if it has no identifier. */
  | { readonly ok: false; readonly name: string; readonly reason: string }

/** The member that tells definitions of a kind apart. */
const identifiedBy = { RESOURCE: 'uri', RESOURCE_TEMPLATE: 'uriTemplate', PROMPT: 'name' } as const

/** Text of a column in a database, which cannot hold U+0000. */
function columnText(raw: JsonObject, key: string): string | undefined {
  const value = optionalString(raw, key)
  if (value?.includes('\0')) throw new Unacceptable(`/${key}: expected no character U+0000`)
  return value
}

function requiredText(raw: JsonObject, key: string, maxLength: number): string {
  const value = columnText(raw, key)
  if (value === undefined) throw new Unacceptable(`/${key}: expected a string, got none`)
  if (value === '') throw new Unacceptable(`/${key}: expected a string, got an empty one`)
  if (value.length <= maxLength) return value
  throw new Unacceptable(`/${key}: expected at most ${maxLength} characters, got ${value.length}`)
}

/** The name of a resource or template; some servers give none, and the URI stands for it. */
function nameOf(raw: JsonObject, uri: string): string {
  return (raw.name ?? '') === '' ? headOf(uri, maxNameLength) : requiredText(raw, 'name', maxNameLength)
}

function optionalSize({ size = null }: JsonObject): number | undefined {
  if (size === null) return undefined
  if (typeof size === 'number' && Number.isFinite(size) && size >= 0) return size
  throw new Unacceptable(`/size: expected a number of bytes, got ${kindOf(size)}`)
}

function optionalAnnotations(raw: JsonObject): JsonObject | undefined {
  const annotations = optionalObject(raw, 'annotations')
  return annotations && withoutNulls(annotations, () => true)
}

/** Takes away what is absent from an object that was just made. */
function present<Members extends object>(members: Members): { [Key in keyof Members]?: NonNullable<Members[Key]> } {
  for (const key in members) if (members[key] === undefined) return withoutAbsent(members)
  // No member is undefined.
  return members as never
}

function withoutAbsent<Members extends object>(
  members: Members,
): { [Key in keyof Members]?: NonNullable<Members[Key]> } {
  const given: { [Key in keyof Members]?: Members[Key] } = {}
  for (const key in members) if (members[key] !== undefined) given[key] = members[key]
  // As above.
  return given as never
}

function described(raw: JsonObject) {
  return present({
    title: optionalString(raw, 'title'),
    description: optionalString(raw, 'description'),
    icons: optionalIcons(raw),
    _meta: optionalObject(raw, '_meta'),
  })
}

function toArgument(raw: unknown, index: number): PromptArgument {
  const at = `/arguments/${index}`
  if (!isJsonObject(raw)) throw new Unacceptable(`${at}: expected an object, got ${kindOf(raw)}`)
  const { name, required = null } = raw
  if (typeof name !== 'string') throw new Unacceptable(`${at}/name: expected a string, got ${kindOf(name)}`)
  if (required !== null && typeof required !== 'boolean') {
    throw new Unacceptable(`${at}/required: expected true or false, got ${kindOf(required)}`)
  }
  const text = present({ title: optionalString(raw, 'title'), description: optionalString(raw, 'description') })
  return { name, ...text, ...(required === null ? {} : { required }) }
}

function argumentsOf({ arguments: given = null }: JsonObject): readonly PromptArgument[] | undefined {
  if (given === null) return undefined
  if (!Array.isArray(given)) throw new Unacceptable(`/arguments: expected a list, got ${kindOf(given)}`)
  const all = given.map(toArgument)
  const twice = all.find(({ name }, index) => all.findIndex((other) => other.name === name) < index)
  if (twice) throw new Unacceptable(`/arguments: the name ${JSON.stringify(headOf(twice.name, 100))} comes twice`)
  return all
}

const readers: { readonly [Kind in FeatureKind]: (raw: JsonObject, identifier: string) => FeatureDefinitions[Kind] } = {
  RESOURCE: (raw, uri) => ({
    uri,
    name: nameOf(raw, uri),
    ...described(raw),
    ...present({
      mimeType: columnText(raw, 'mimeType'),
      size: optionalSize(raw),
      annotations: optionalAnnotations(raw),
    }),
  }),
  RESOURCE_TEMPLATE: (raw, uriTemplate) => ({
    uriTemplate,
    name: nameOf(raw, uriTemplate),
    ...described(raw),
    ...present({ mimeType: columnText(raw, 'mimeType'), annotations: optionalAnnotations(raw) }),
  }),
  PROMPT: (raw, name) => ({ name, ...described(raw), ...present({ arguments: argumentsOf(raw) }) }),
}

/** Checks one definition of a list by itself. A null optional member counts as omitted. */
export function checkFeature(kind: FeatureKind, raw: unknown, index: number, meter: DefinitionBudgets): FeatureCheck {
  const place = `#${index + 1} of the list`
  if (!isJsonObject(raw)) return { ok: false, name: place, reason: `expected an object, got ${kindOf(raw)}` }
  const key = identifiedBy[kind]
  const given = raw[key]
  const name = typeof given === 'string' && given !== '' ? headOf(given, maxShown) : place
  try {
    const identifier = requiredText(raw, key, kind === 'PROMPT' ? maxNameLength : maxUriLength)
    const tooLarge = excessOf(raw, meter)
    if (tooLarge !== undefined) return { ok: false, name, reason: tooLarge }
    const definition = readers[kind](raw, identifier)
    return { ok: true, identifier, definition, definitionText: definitionTextOf(definition, meter) }
  } catch (error) {
    if (error instanceof Unacceptable) return { ok: false, name, reason: error.message }
    throw error
  }
}
