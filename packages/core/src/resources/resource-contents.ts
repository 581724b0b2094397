import { RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonValue, kindOf } from '../base/json.ts'
import { createRemarksRoom, type RemarksRoom, toBlock } from '../runs/content.ts'
import type { SessionAnswer } from '../sessions/session.ts'
import type { ResourceContent, ResourceContents } from './api.ts'

/** A server may not say of an answer that it stays as it is for longer, in ms. */
const maxTtlMs = 86_400_000
const maxContents = 10_000
/** Characters of JSON that annotations and `_meta` of all contents may take. */
const maxRemarks = 1024 * 1024

function broken(reason: string): RegistryError {
  return new RegistryError('PROTOCOL_ERROR', `The answer to resources/read: ${reason}`)
}

/** One content; its URI may be absent, as there is only one that was asked for. */
function toContent(raw: JsonValue, index: number, uri: string, room: RemarksRoom): ResourceContent {
  const at = `/contents/${index}`
  if (!isJsonObject(raw)) throw broken(`${at}: expected an object, got ${kindOf(raw)}`)
  const { text = null, blob = null } = raw
  if (typeof text !== 'string' && typeof blob !== 'string') throw broken(`${at}: expected text or blob, got neither`)
  const resource = { ...raw, uri: typeof raw.uri === 'string' ? raw.uri : uri }
  const block = toBlock({ type: 'resource', resource, annotations: raw.annotations ?? null }, room)
  // It has all that such a block needs.
  if (block.type !== 'resource') throw broken(`${at}: expected a resource`)
  return block
}

/** Memory of a content beside its texts, in bytes. */
const contentBytes = 512

const bytesOf = (value: JsonValue | undefined) => (value === undefined ? 0 : 2 * JSON.stringify(value).length)

/** About the memory of an answer, in bytes: at most, as many texts take one byte a character. */
export function bytesOfContents({ contents, meta }: ResourceContents): number {
  return contents.reduce(
    (sum, { uri, text = '', blob = '', annotations, meta: own }) =>
      // Base64 is ASCII, and takes one byte a character.
      sum + contentBytes + 2 * (uri.length + text.length) + blob.length + bytesOf(annotations) + bytesOf(own),
    contentBytes + bytesOf(meta),
  )
}

/** @throws PROTOCOL_ERROR */
export function readContents({ result, ttlMs }: SessionAnswer, uri: string): ResourceContents {
  const { contents, _meta } = result
  if (!Array.isArray(contents)) throw broken(`/contents: expected a list, got ${kindOf(contents)}`)
  if (contents.length > maxContents) throw broken(`/contents: expected at most ${maxContents}, got ${contents.length}`)
  const room = createRemarksRoom(maxRemarks)
  return {
    contents: contents.map((raw: JsonValue, index) => toContent(raw, index, uri, room)),
    freshUntil: ttlMs ? new Date(Date.now() + Math.min(ttlMs, maxTtlMs)) : null,
    meta: isJsonObject(_meta) && room.takes(_meta) ? _meta : null,
  }
}
