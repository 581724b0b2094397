import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import { followPointer, schemaKeywords, schemaListKeywords, schemaMapKeywords } from './schema-keywords.ts'
import type { Steps } from './steps.ts'

/** A schema with an identifier of its own, or the whole document (JSON Schema 2020-12, 4.3.5). */
export interface Resource {
  readonly root: JsonObject
  readonly uri: URL
  readonly anchors: Map<string, JsonObject>
  /** The anchors that `$dynamicRef` may resolve to instead. */
  readonly dynamicAnchors: Map<string, JsonObject>
}

export interface Target {
  readonly schema: JsonValue
  readonly resource: Resource
}

export interface Resources {
  readonly root: Resource
  /** The resource that a schema of the document is part of; `outer` if no other is known. */
  of(schema: JsonValue, outer: Resource): Resource
  /** The target of a reference; undefined if it is outside the document, as nothing is ever loaded. */
  resolve(ref: string, from: Resource, steps: Steps): Target | undefined
}

/** The base of relative references in a document without an `$id`; it is no real address. */
const noBase = 'schema://document/'

function parseUri(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined
}

const withoutFragment = (uri: URL) => uri.href.replace(/#.*$/s, '')

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment)
  } catch {
    // An invalid URI fragment leads nowhere.
    return undefined
  }
}

const createResource = (root: JsonObject, uri: URL): Resource => ({
  root,
  uri,
  anchors: new Map(),
  dynamicAnchors: new Map(),
})

/** Steps to parse a URI. */
const stepsOfUri = 100

/** Finds the resources and anchors of a document, in one walk over its schemas. */
export function findResources(document: JsonObject, steps: Steps): Resources {
  const base = new URL(noBase)
  const rootUri = typeof document.$id === 'string' ? parseUri(document.$id, base) : undefined
  const root = createResource(document, rootUri ?? base)
  const byUri = new Map([[withoutFragment(root.uri), root]])
  /** The resource of each schema that is not part of the root's. */
  const embedded = new Map<JsonObject, Resource>()

  function enter(schema: JsonObject, outer: Resource): Resource {
    const { $id } = schema
    // Before 2019-09 an `$id` of a fragment alone was an anchor.
    if (schema === document || typeof $id !== 'string' || $id.startsWith('#')) return outer
    steps.take(stepsOfUri)
    const uri = parseUri($id, outer.uri)
    if (!uri) return outer
    const resource = createResource(schema, uri)
    const key = withoutFragment(uri)
    if (!byUri.has(key)) byUri.set(key, resource)
    return resource
  }

  function visit(schema: JsonValue, outer: Resource): void {
    if (!isJsonObject(schema)) return
    steps.take(4)
    const resource = enter(schema, outer)
    if (resource !== root) embedded.set(schema, resource)
    const { $id, $anchor, $dynamicAnchor } = schema
    if (typeof $id === 'string' && $id.startsWith('#')) resource.anchors.set($id.slice(1), schema)
    if (typeof $anchor === 'string') resource.anchors.set($anchor, schema)
    if (typeof $dynamicAnchor === 'string') {
      resource.anchors.set($dynamicAnchor, schema)
      resource.dynamicAnchors.set($dynamicAnchor, schema)
    }
    for (const [keyword, value] of Object.entries(schema)) {
      if (Array.isArray(value)) {
        if (schemaListKeywords.has(keyword) || keyword === 'items') for (const each of value) visit(each, resource)
      } else if (schemaMapKeywords.has(keyword) || keyword === 'dependencies') {
        if (isJsonObject(value)) for (const each of Object.values(value)) visit(each, resource)
      } else if (schemaKeywords.has(keyword) || keyword === 'additionalItems') visit(value, resource)
    }
  }
  visit(document, root)

  const of = (schema: JsonValue, outer: Resource) => (isJsonObject(schema) ? (embedded.get(schema) ?? outer) : outer)

  function resolve(ref: string, from: Resource, taken: Steps): Target | undefined {
    taken.take(stepsOfUri + (ref.length >> 2))
    const uri = ref.startsWith('#') ? undefined : parseUri(ref, from.uri)
    const resource = ref.startsWith('#') ? from : uri && byUri.get(withoutFragment(uri))
    if (!resource) return undefined
    const fragment = ref.includes('#') ? ref.slice(ref.indexOf('#')) : '#'
    const isPointer = fragment === '#' || fragment.startsWith('#/')
    const anchor = isPointer ? undefined : decode(fragment.slice(1))
    const found = anchor === undefined ? undefined : resource.anchors.get(anchor)
    const schema = isPointer ? followPointer(resource.root, fragment) : found
    return schema === undefined ? undefined : { schema, resource: of(schema, resource) }
  }

  return { root, of, resolve }
}
