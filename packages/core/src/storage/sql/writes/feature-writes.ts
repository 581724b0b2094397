import { featureWords } from '../../../search/feature-words.ts'
import type { FeatureWrite, TenantWrite } from '../../write.ts'
import type { SqlDialect } from '../dialect.ts'
import { markServers, unindexChanged } from '../indexing/index-marks.ts'
import { definitionColumns, toFeatureRow } from '../rows/feature-rows.ts'
import { insert, type Statement } from '../statement.ts'
import { update } from './update.ts'

const what = 'definition'

export function featureStatements(write: TenantWrite<FeatureWrite>, dialect: SqlDialect): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'insertFeatures': {
      const rows = write.features.map((feature) => toFeatureRow(tenant, feature))
      const serverIds = write.features.map(({ serverId }) => serverId)
      return rows.length === 0 ? [] : [insert('features', rows), markServers('features', tenant, serverIds)]
    }
    case 'redefineFeatures': {
      const back = { updated_at: write.at, removed_at: null }
      const rows = write.features.map(({ id, definition, definitionText }) => ({
        id,
        row: { ...definitionColumns(definition, definitionText), ...back },
      }))
      const words = new Map(write.features.map(({ id, definition }) => [id, featureWords(definition)]))
      return rows.length === 0
        ? []
        : [...unindexChanged('features', tenant, words, dialect), update('features', tenant, rows, what)]
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
