import type { TenantId } from '../../../base/ids.ts'
import {
  type DefinitionText,
  definitionOf,
  type NewTool,
  type ToolDefinition,
  type ToolQuarantine,
  type ToolRecord,
} from '../../../model/tool.ts'
import { entryWords } from '../../../search/entry-words.ts'
import { outlineOf } from '../../../search/tool-words.ts'
import type { StoredDefinition } from '../../storage.ts'
import { fromJson, toJson } from '../json-column.ts'
import type { ToolRow } from '../schema.ts'

const noTags: readonly string[] = Object.freeze([])
const noTagsText = toJson(noTags)

export function fromToolRow(row: ToolRow, definitionOf: (text: string) => ToolDefinition): ToolRecord {
  return {
    id: row.id,
    serverId: row.server_id,
    definition: definitionOf(row.definition),
    definitionText: row.definition,
    quarantine: quarantineOf(row),
    holdsHints: row.holds_hints === 1,
    settings: {
      enabled: row.enabled === 1,
      tags: row.tags === '[]' ? noTags : fromJson(row.tags),
      returnCharLimit: row.return_char_limit,
      recordArgs: row.record_args,
      recordResults: row.record_results,
      approvalPolicy: row.approval_policy,
    },
    firstSeenAt: row.first_seen_at,
    updatedAt: row.updated_at,
    removedAt: row.removed_at,
  }
}

/** The columns that a refresh compares. */
export type DefinitionRow = Pick<
  ToolRow,
  'id' | 'name' | 'removed_at' | 'definition' | 'approved' | 'pending_definition'
>

function quarantineOf({ approved, pending_definition }: DefinitionRow): ToolRecord['quarantine'] {
  if (approved === 0) return { kind: 'NEW' }
  return pending_definition === null ? null : { kind: 'CHANGED', definitionText: pending_definition }
}

export function fromDefinitionRow(row: DefinitionRow): StoredDefinition {
  return {
    id: row.id,
    name: row.name,
    removedAt: row.removed_at,
    definitionText: row.definition,
    quarantine: quarantineOf(row),
  }
}

/** The columns of a pending approval. */
export function quarantineColumns(quarantine: ToolQuarantine | null) {
  return {
    approved: quarantine?.kind === 'NEW' ? 0 : 1,
    pending_definition: quarantine?.kind === 'CHANGED' ? quarantine.definitionText : null,
  }
}

/** The outline of a definition, which is parsed if need be. */
const outlined = (text: DefinitionText) => text.outline ?? outlineOf(definitionOf(text))

/** The columns that a refresh writes. */
export function definitionColumns(text: DefinitionText, quarantine: ToolQuarantine | null) {
  const outline = outlined(text)
  const { approved, pending_definition } = quarantineColumns(quarantine)
  return {
    definition: text.definitionText,
    approved,
    pending_definition,
    read_only: outline.readOnly ? 1 : 0,
    destructive: outline.destructive ? 1 : 0,
    words: entryWords(outline),
  }
}

/** The columns of the operator's settings. */
export function settingsColumns(settings: ToolRecord['settings']) {
  return {
    enabled: settings.enabled ? 1 : 0,
    tags: settings.tags.length === 0 ? noTagsText : toJson(settings.tags),
    return_char_limit: settings.returnCharLimit,
    record_args: settings.recordArgs,
    record_results: settings.recordResults,
    approval_policy: settings.approvalPolicy,
  }
}

export function toToolRow(tenant: TenantId, tool: NewTool): ToolRow {
  const outline = outlined(tool)
  const { approved, pending_definition } = quarantineColumns(tool.quarantine)
  const { enabled, tags, return_char_limit, record_args, record_results, approval_policy } = settingsColumns(
    tool.settings,
  )
  // Each member by its name: spread ones take several times as long, for each tool of a refresh.
  return {
    id: tool.id,
    tenant,
    server_id: tool.serverId,
    name: outline.name,
    definition: tool.definitionText,
    approved,
    pending_definition,
    read_only: outline.readOnly ? 1 : 0,
    destructive: outline.destructive ? 1 : 0,
    words: entryWords(outline),
    holds_hints: tool.holdsHints ? 1 : 0,
    enabled,
    tags,
    return_char_limit,
    record_args,
    record_results,
    approval_policy,
    first_seen_at: tool.firstSeenAt,
    updated_at: tool.updatedAt,
    removed_at: tool.removedAt,
  }
}
