import type { TenantId, ToolId } from '../../../base/ids.ts'
import { outlineOf } from '../../../search/tool-words.ts'
import { notWaiting } from '../../errors.ts'
import type { TenantWrite, ToolWrite } from '../../write.ts'
import type { SqlDialect } from '../dialect.ts'
import { markServers, unindexChanged } from '../indexing/index-marks.ts'
import { definitionColumns, quarantineColumns, settingsColumns, toToolRow } from '../rows/tool-rows.ts'
import { insert, type Statement } from '../statement.ts'
import { update } from './update.ts'

type WriteOf<Kind extends ToolWrite['kind']> = Extract<ToolWrite, { readonly kind: Kind }>

function insertTools(tenant: TenantId, { tools }: WriteOf<'insertTools'>): readonly Statement[] {
  const rows = tools.map((tool) => toToolRow(tenant, tool))
  const serverIds = tools.map(({ serverId }) => serverId)
  return [insert('tools', rows), markServers('tools', tenant, serverIds)]
}

function approve(tenant: TenantId, write: WriteOf<'approveTool'>, dialect: SqlDialect): readonly Statement[] {
  const { toolId, definition, definitionText, at } = write
  const text = { definitionText, outline: outlineOf(definition) }
  const row = { ...definitionColumns(text, null), holds_hints: 0, updated_at: at }
  const { sql, rows } = update('tools', tenant, [{ id: toolId, row }], 'tool')
  const isPending = '((approved = 0 and definition = ?) or pending_definition = ?)'
  return [
    ...unindexChanged('tools', tenant, new Map([[toolId, row.words]]), dialect),
    {
      sql: `${sql} and ${isPending}`,
      rows: rows.map((values) => [...values, definitionText, definitionText]),
      unlessChanged: () => notWaiting(toolId),
    },
  ]
}

/** Leaves the columns of a definition that stays in force, and so what searches find of the tool. */
function redefine(
  tenant: TenantId,
  { tools, at }: WriteOf<'redefineTools'>,
  dialect: SqlDialect,
): readonly Statement[] {
  const back = { updated_at: at, removed_at: null }
  const redefined: { readonly id: ToolId; readonly row: object }[] = []
  const held: typeof redefined = []
  const requarantined: typeof redefined = []
  const words = new Map<ToolId, string>()
  for (const { id, quarantine, definitionText, outline, loosensHints } of tools) {
    if (definitionText === undefined) {
      requarantined.push({ id, row: { ...quarantineColumns(quarantine), ...back } })
      continue
    }
    const row = { ...definitionColumns({ definitionText, ...(outline ? { outline } : {}) }, quarantine), ...back }
    words.set(id, row.words)
    if (loosensHints) held.push({ id, row: { ...row, holds_hints: 1 } })
    else redefined.push({ id, row })
  }
  const updated = (rows: typeof redefined) => (rows.length > 0 ? [update('tools', tenant, rows, 'tool')] : [])
  return [
    ...(words.size > 0 ? unindexChanged('tools', tenant, words, dialect) : []),
    ...updated(redefined),
    ...updated(held),
    ...updated(requarantined),
  ]
}

export function toolStatements(write: TenantWrite<ToolWrite>, dialect: SqlDialect): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'insertTools':
      return insertTools(tenant, write)
    case 'redefineTools':
      return redefine(tenant, write, dialect)
    case 'removeTools': {
      const row = { updated_at: write.at, removed_at: write.at }
      const rows = write.toolIds.map((id) => ({ id, row }))
      return [update('tools', tenant, rows, 'tool')]
    }
    case 'forgetTools': {
      const sql = `delete from tools where ${dialect.isOneOf} and removed_at is not null`
      return [{ sql, rows: [[tenant, JSON.stringify(write.toolIds)]] }]
    }
    case 'approveTool':
      return approve(tenant, write, dialect)
    case 'acceptHints': {
      const { toolId, definitionText, at } = write
      const sql = 'update tools set holds_hints = 0, updated_at = ? where tenant = ? and id = ? and definition = ?'
      const rows = [[at, tenant, toolId, definitionText]]
      return [{ sql: `${sql} and holds_hints = 1`, rows, unlessChanged: () => notWaiting(toolId) }]
    }
    case 'setTool': {
      const row = { ...settingsColumns(write.settings), updated_at: write.at }
      return [update('tools', tenant, [{ id: write.toolId, row }], 'tool')]
    }
  }
}
