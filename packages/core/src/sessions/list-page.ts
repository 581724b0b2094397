import { RegistryError } from '../base/errors.ts'
import { type JsonObject, kindOf } from '../base/json.ts'
import type { FeatureKind } from '../model/feature.ts'
import type { McpOperation } from '../telemetry/observer.ts'
import { textOf } from './incoming/frame.ts'
import type { KnownEntry, RepeatedPage } from './known-pages.ts'

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

const methods: ReadonlySet<string> = new Set([toolList, ...Object.values(featureLists)].map(({ method }) => method))

/** Whether answers to the method are pages of a list. */
export const isListMethod = (method: string | undefined): method is ServerList['method'] =>
  method !== undefined && methods.has(method)

/** What a page came with. */
export interface PageSource {
  /** Length of its message. */
  readonly bytes: number
  readonly ttlMs?: number | undefined
  /** The text of the message, if it came before. */
  readonly repeated?: RepeatedPage | undefined
}

/** One page of a list, its definitions as they came. */
export class ListPage {
  readonly nextCursor: string | undefined
  readonly bytes: number
  /** How long the server says that the page stays as it is, in ms; undefined if it does not. */
  readonly ttlMs: number | undefined
  /** What is known of the entries, all of which were accepted when the page came before; undefined if it is unknown. */
  readonly known: readonly KnownEntry[] | undefined
  readonly #member: ServerList['member']
  readonly #result: JsonObject
  readonly #repeated: RepeatedPage | undefined
  readonly #entries: readonly unknown[] | undefined

  /** @throws PROTOCOL_ERROR for a result that is no page of the list */
  constructor({ method, member }: ServerList, result: JsonObject, { bytes, ttlMs, repeated }: PageSource) {
    const entries = result[member]
    if (!Array.isArray(entries)) {
      throw brokenAnswer(method, `/${member}: expected a list, got ${kindOf(entries)}`)
    }
    this.nextCursor = nextCursorOf(method, result)
    this.bytes = bytes
    this.ttlMs = ttlMs
    this.known = repeated?.known?.entries
    this.#member = member
    this.#result = result
    this.#repeated = repeated
    this.#entries = this.known ? undefined : entries
  }

  get count(): number {
    return this.known?.length ?? this.entries.length
  }

  /** Those of a known page are parsed each time. */
  get entries(): readonly unknown[] {
    return this.#entries ?? this.#parsed()
  }

  /** Whether the page came before, and can be remembered. */
  get isRepeated(): boolean {
    return this.#repeated !== undefined
  }

  /** Remembers that all entries were accepted, in this order. */
  remember(entries: readonly KnownEntry[]): void {
    this.#repeated?.remember({ rest: { ...this.#result, [this.#member]: [] }, entries })
  }

  #parsed(): readonly unknown[] {
    if (!this.#repeated) return []
    // The same bytes were an answer with this list before.
    const { result } = JSON.parse(textOf(this.#repeated.frame)) as { readonly result: JsonObject }
    return result[this.#member] as readonly unknown[]
  }
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
