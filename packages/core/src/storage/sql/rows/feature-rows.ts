import type { TenantId } from '../../../base/ids.ts'
import { type FeatureRecord, identifierHash, type NewFeature } from '../../../model/feature.ts'
import type { StoredFeature } from '../../storage.ts'
import type { FeatureRow } from '../schema.ts'

/** The member of a definition that is its identifier. */
const identifiedBy = { RESOURCE: 'uri', RESOURCE_TEMPLATE: 'uriTemplate', PROMPT: 'name' } as const

export function fromFeatureRow(row: FeatureRow): FeatureRecord {
  const definition: Readonly<Record<string, unknown>> = JSON.parse(row.definition)
  // The column cannot hold lone surrogates, the definition can.
  const identifier = definition[identifiedBy[row.kind]]
  return {
    id: row.id,
    serverId: row.server_id,
    kind: row.kind,
    identifier: typeof identifier === 'string' ? identifier : row.identifier,
    definition,
    definitionText: row.definition,
    firstSeenAt: row.first_seen_at,
    updatedAt: row.updated_at,
    removedAt: row.removed_at,
    // Written from a record of this kind by toFeatureRow alone.
  } as unknown as FeatureRecord
}

/** The columns that a refresh compares. */
export type StoredFeatureRow = Pick<
  FeatureRow,
  'id' | 'kind' | 'identifier' | 'identifier_hash' | 'removed_at' | 'definition'
>

export function fromStoredFeatureRow(row: StoredFeatureRow): StoredFeature {
  const { id, kind, identifier } = row
  return {
    id,
    kind,
    identifier,
    identifierHash: row.identifier_hash,
    removedAt: row.removed_at,
    definitionText: row.definition,
  }
}

/** The columns that a refresh writes. */
export function definitionColumns(definition: FeatureRecord['definition'], definitionText: string) {
  return {
    name: definition.name,
    mime_type: 'mimeType' in definition ? (definition.mimeType ?? null) : null,
    definition: definitionText,
  }
}

export function toFeatureRow(tenant: TenantId, feature: NewFeature): FeatureRow {
  const { id, serverId, kind, identifier, definition, definitionText } = feature
  return {
    id,
    tenant,
    server_id: serverId,
    kind,
    identifier,
    identifier_hash: feature.identifierHash ?? identifierHash(identifier),
    ...definitionColumns(definition, definitionText),
    first_seen_at: feature.firstSeenAt,
    updated_at: feature.updatedAt,
    removed_at: feature.removedAt,
  }
}
