import { invalidInput, RegistryError } from '../base/errors.ts'
import { parseId } from '../base/ids.ts'
import { isJsonObject, kindOf } from '../base/json.ts'
import { type FeatureId, type FeatureKind, type FeatureRecord, isKind } from '../model/feature.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** A definition by its id, or by the name of its server and its identifier. */
export type FeatureRef = { readonly id: string } | { readonly server: string; readonly identifier: string }

export interface FindOptions<Kind extends FeatureKind> {
  readonly kind: Kind
  readonly idKind: 'resource' | 'resourceTemplate' | 'prompt'
  /** The noun for messages, and the argument that has the reference. */
  readonly noun: 'resource' | 'template' | 'prompt'
}

export interface FoundFeature<Kind extends FeatureKind> {
  readonly record: FeatureRecord<Kind>
  readonly server: ServerRecord
}

/** Characters of a name in a message. */
const maxQuoted = 200
const quoted = (name: string) => JSON.stringify(name.slice(0, maxQuoted))

/**
 * The reference of a caller, whose member `key` is the identifier.
 * @throws INVALID_INPUT for a value of another kind
 */
export function toFeatureRef(given: unknown, key: string, argument: string): FeatureRef {
  if (isJsonObject(given)) {
    const { id, server, [key]: identifier } = given
    if (typeof id === 'string') return { id }
    if (typeof server === 'string' && typeof identifier === 'string') return { server, identifier }
  }
  throw invalidInput([argument], `${argument}: expected { id } or { server, ${key} }, got ${kindOf(given)}`)
}

/** Finds no removed definition by its server and identifier. */
export async function findFeature<Kind extends FeatureKind>(
  { features, servers }: Pick<TenantStorage, 'features' | 'servers'>,
  ref: FeatureRef,
  { kind, idKind }: FindOptions<Kind>,
): Promise<FoundFeature<Kind> | undefined> {
  const isOfKind = isKind(kind)
  if ('id' in ref) {
    const id: FeatureId | undefined = parseId(idKind, ref.id)
    const record = id && (await features.get(id))
    if (!record || !isOfKind(record)) return undefined
    const server = await servers.get(record.serverId)
    return server && { record, server }
  }
  const server = await servers.getByName(ref.server)
  const record = server && (await features.getByIdentifier(server.id, kind, ref.identifier))
  return server && record && isOfKind(record) ? { record, server } : undefined
}

/** @throws NOT_FOUND, also for a definition that its server no longer lists */
export async function getFeature<Kind extends FeatureKind>(
  storage: Pick<TenantStorage, 'features' | 'servers'>,
  ref: FeatureRef,
  options: FindOptions<Kind>,
): Promise<FoundFeature<Kind>> {
  const { noun } = options
  const found = await findFeature(storage, ref, options)
  const missing = (message: string) => new RegistryError('NOT_FOUND', message, { path: [noun] })
  if (!found) {
    if ('id' in ref) throw missing(`No ${noun} has the id ${ref.id.slice(0, 100)}`)
    const server = await storage.servers.getByName(ref.server)
    if (!server) throw missing(`No server is named ${quoted(ref.server)}`)
    throw missing(`The server ${quoted(ref.server)} lists no ${noun} ${quoted(ref.identifier)}`)
  }
  if (found.record.removedAt === null) return found
  const { record, server } = found
  throw missing(`"${server.name}" no longer lists the ${noun} ${quoted(record.identifier)}`)
}
