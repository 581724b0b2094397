import { RegistryError } from '../base/errors.ts'
import { isJsonObject, isLongerJson, type JsonObject, type JsonValue, jsonHead, kindOf } from '../base/json.ts'
import { toIcon } from '../model/icons.ts'
import type { BlockRemarks, ContentBlock } from '../model/job.ts'

/** Members of a result that are no answer in place of its content. */
const beside = ['_meta', 'isError', 'content', 'structuredContent', 'toolResult', 'resultType']
/** Characters of member names in a message. */
const maxNamesLength = 200

function optional<Key extends string>(key: Key, value: JsonValue | undefined) {
  return typeof value === 'string' ? { [key]: value } : {}
}

/** Bounds what all blocks together have beside their content, in characters of JSON. */
export interface RemarksRoom {
  /** Whether there has been room for everything so far. */
  readonly sufficed: boolean
  /** Takes room for a value; false if too little is left. */
  takes(value: JsonValue): boolean
}

export function createRemarksRoom(maxCharacters: number): RemarksRoom {
  return new BoundedRemarks(maxCharacters)
}

class BoundedRemarks implements RemarksRoom {
  #left: number
  #sufficed = true

  constructor(maxCharacters: number) {
    this.#left = maxCharacters
  }

  get sufficed(): boolean {
    return this.#sufficed
  }

  takes(value: JsonValue): boolean {
    if (isLongerJson(value, this.#left)) {
      this.#sufficed = false
      return false
    }
    this.#left -= JSON.stringify(value).length
    return true
  }
}

function remarks(
  room: RemarksRoom,
  { annotations, _meta }: JsonObject,
  { _meta: inner }: JsonObject = {},
): BlockRemarks {
  const meta = isJsonObject(inner) ? (isJsonObject(_meta) ? { ...inner, ..._meta } : inner) : _meta
  return {
    ...(isJsonObject(annotations) && room.takes(annotations) ? { annotations } : {}),
    ...(isJsonObject(meta) && room.takes(meta) ? { meta } : {}),
  }
}

function linkDetails(room: RemarksRoom, { title, description, mimeType, size, icons }: JsonObject) {
  const listed = Array.isArray(icons) && room.takes(icons) ? icons : []
  const known = listed.flatMap((icon: JsonValue) =>
    isJsonObject(icon) && typeof icon.src === 'string' ? [toIcon(icon, icon.src)] : [],
  )
  return {
    ...optional('title', title),
    ...(typeof description === 'string' && room.takes(description) ? { description } : {}),
    ...optional('mimeType', mimeType),
    ...(typeof size === 'number' && Number.isFinite(size) ? { size } : {}),
    ...(known.length > 0 ? { icons: known } : {}),
  }
}

/** A content block (MCP 2025-11-25, tools). One that does not fit its type is kept as it came. */
export function toBlock(raw: JsonValue, room: RemarksRoom): ContentBlock {
  if (typeof raw === 'string') return { type: 'text', text: raw }
  if (!isJsonObject(raw)) return { type: 'unknown', raw: { value: raw } }
  const { type, text, data, mimeType, uri, name, resource } = raw
  if (type === 'text' && typeof text === 'string') {
    const isPlain = raw.annotations === undefined && raw._meta === undefined
    return isPlain ? { type, text } : { type, text, ...remarks(room, raw) }
  }
  if ((type === 'image' || type === 'audio') && typeof data === 'string' && typeof mimeType === 'string') {
    return { type, mimeType, data, ...remarks(room, raw) }
  }
  if (type === 'resource_link' && typeof uri === 'string' && typeof name === 'string') {
    return { type, uri, name, ...linkDetails(room, raw), ...remarks(room, raw) }
  }
  if (type === 'resource' && isJsonObject(resource) && typeof resource.uri === 'string') {
    return {
      type,
      uri: resource.uri,
      ...optional('mimeType', resource.mimeType),
      ...optional('text', resource.text),
      ...optional('blob', resource.blob),
      ...remarks(room, raw, resource),
    }
  }
  return { type: 'unknown', raw }
}

function broken(what: string): RegistryError {
  return new RegistryError('PROTOCOL_ERROR', `The answer to tools/call has ${what}; expected a list of content blocks`)
}

/** The blocks of an answer without content. */
function withoutContent(answer: JsonObject): readonly JsonValue[] {
  const { structuredContent, toolResult, isError } = answer
  if (typeof toolResult === 'string') return [toolResult]
  if ((structuredContent ?? toolResult ?? null) !== null) return []
  const others = Object.keys(answer).filter((name) => !beside.includes(name))
  if (others.length === 0) return []
  // The tool failed, and what it says of the failure is kept.
  if (isError === true) return [Object.fromEntries(others.map((name) => [name, answer[name] ?? null]))]
  throw broken(`no content, but the members ${jsonHead(others, maxNamesLength)}`)
}

/**
 * The blocks of an answer as they came. `content` may be one block or a text in place of a list.
 *
 * @throws PROTOCOL_ERROR for content of another kind, and for an answer with other members in its place
 */
export function contentOf(answer: JsonObject): readonly JsonValue[] {
  const content = answer.content ?? null
  if (content === null) return withoutContent(answer)
  if (Array.isArray(content)) return content
  if (typeof content === 'string' || (isJsonObject(content) && typeof content.type === 'string')) return [content]
  throw broken(`content that is ${kindOf(content)}`)
}

/** The structured content; `toolResult` (MCP 2024-10-07) for an answer with neither that nor content. */
export function structuredOf({ content, structuredContent, toolResult }: JsonObject): JsonValue | undefined {
  const isOld = (content ?? null) === null && (structuredContent ?? null) === null && typeof toolResult !== 'string'
  return isOld ? toolResult : structuredContent
}
