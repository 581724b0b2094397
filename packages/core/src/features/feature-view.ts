import { canonicalDigest } from '../base/canonical-json.ts'
import { computedMembers } from '../base/computed-members.ts'
import type { ServerId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { FeatureId, FeatureRecord } from '../model/feature.ts'
import type { McpIcon } from '../model/tool.ts'

/** What resources, templates and prompts have in common. */
export interface FeatureView<Id extends FeatureId> {
  readonly id: Id
  readonly serverId: ServerId
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly icons: readonly McpIcon[]
  /** `_meta` of the definition. */
  readonly meta: JsonObject | null
  /** SHA-256, hex, of the RFC 8785 form of the whole definition. */
  readonly digest: string
  readonly firstSeenAt: Date
  readonly updatedAt: Date
  /** When its server stopped listing it; null while it is listed. */
  readonly removedAt: Date | null
}

/** It costs more than all the rest. */
const withDigest = computedMembers<Pick<FeatureRecord, 'definition'>, { readonly digest: string }>({
  // A definition consists of JSON.
  digest: ({ definition }) => canonicalDigest(definition as unknown as JsonObject),
})

export function toFeatureView<Id extends FeatureId, Own extends object>(
  record: FeatureRecord & { readonly id: Id },
  own: Own,
): FeatureView<Id> & Own {
  const { id, serverId, definition, firstSeenAt, updatedAt, removedAt } = record
  const view = {
    id,
    serverId,
    name: definition.name,
    title: definition.title ?? null,
    description: definition.description ?? null,
    icons: definition.icons ?? [],
    meta: definition._meta ?? null,
    firstSeenAt: new Date(firstSeenAt),
    updatedAt: new Date(updatedAt),
    removedAt: removedAt === null ? null : new Date(removedAt),
  }
  return withDigest(Object.assign(view, own), record)
}
