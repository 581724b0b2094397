import type { FeatureWrite, TenantWrite } from '../../write.ts'
import type { SqlDialect } from '../dialect.ts'
import { definitionColumns, toFeatureRow } from '../rows/feature-rows.ts'
import { insert, type Statement } from '../statement.ts'
import { unindexedFeatures, unindexedFeaturesOf } from './unindexed-features.ts'
import { update } from './update.ts'

const what = 'definition'

export function featureStatements(write: TenantWrite<FeatureWrite>, dialect: SqlDialect): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'insertFeatures': {
      const rows = write.features.map((feature) => toFeatureRow(tenant, feature))
      const serverIds = write.features.map(({ serverId }) => serverId)
      return rows.length === 0 ? [] : [insert('features', rows), unindexedFeatures(tenant, serverIds)]
    }
    case 'redefineFeatures': {
      const back = { updated_at: write.at, removed_at: null }
      const rows = write.features.map(({ id, definition, definitionText }) => ({
        id,
        row: { ...definitionColumns(definition, definitionText), ...back },
      }))
      const ids = rows.map(({ id }) => id)
      return rows.length === 0
        ? []
        : [update('features', tenant, rows, what), unindexedFeaturesOf(tenant, ids, dialect)]
    }
    case 'removeFeatures': {
      const row = { updated_at: write.at, removed_at: write.at }
      return [
        update(
          'features',
          tenant,
          write.ids.map((id) => ({ id, row })),
          what,
        ),
      ]
    }
    case 'forgetFeatures': {
      const sql = `delete from features where ${dialect.isOneOf} and removed_at is not null`
      return [{ sql, rows: [[tenant, JSON.stringify(write.ids)]] }]
    }
  }
}
