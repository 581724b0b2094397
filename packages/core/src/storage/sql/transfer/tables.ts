import type { Database } from '../schema.ts'

/**
 * Records of the processes that use the database are not moved: they do not use the other one. Nor are OAuth flows, which
 * live for minutes.
 */
export type TransferTable = Exclude<keyof Database, 'owners' | 'children' | 'oauth_flows'>

type KindOf<Value> = [Value] extends [string]
  ? 'TEXT'
  : [Value] extends [number]
    ? 'INTEGER'
    : [Value] extends [string | null]
      ? 'TEXT_OR_NULL'
      : 'INTEGER_OR_NULL'
type Columns<Table extends TransferTable> = {
  readonly [Column in keyof Database[Table]]-?: KindOf<Database[Table][Column]>
}

/** Every column of the tables that are moved. Tables come before those that refer to them. */
const columns: { readonly [Table in TransferTable]: Columns<Table> } = {
  secret_keys: { id: 'TEXT', master_key_id: 'TEXT', wrapped: 'TEXT', created_at: 'INTEGER' },
  feeds: { tenant: 'TEXT', last: 'INTEGER' },
  servers: {
    id: 'TEXT',
    tenant: 'TEXT',
    name: 'TEXT',
    description: 'TEXT_OR_NULL',
    enabled: 'INTEGER',
    labels: 'TEXT',
    transport: 'TEXT',
    config: 'TEXT',
    timeouts: 'TEXT',
    protocol_era: 'TEXT',
    refresh_interval_ms: 'INTEGER_OR_NULL',
    tool_change_policy: 'TEXT',
    approval_policy: 'TEXT',
    input_policy: 'TEXT',
    revision: 'INTEGER',
    created_at: 'INTEGER',
    updated_at: 'INTEGER',
    status: 'TEXT',
    state: 'TEXT',
    words: 'TEXT',
    tool_count: 'INTEGER',
    tool_bytes: 'INTEGER',
    feature_count: 'INTEGER',
    feature_bytes: 'INTEGER',
  },
  tools: {
    id: 'TEXT',
    tenant: 'TEXT',
    server_id: 'TEXT',
    name: 'TEXT',
    definition: 'TEXT',
    approved: 'INTEGER',
    pending_definition: 'TEXT_OR_NULL',
    read_only: 'INTEGER',
    destructive: 'INTEGER',
    enabled: 'INTEGER',
    tags: 'TEXT',
    return_char_limit: 'INTEGER_OR_NULL',
    record_args: 'TEXT_OR_NULL',
    record_results: 'TEXT_OR_NULL',
    approval_policy: 'TEXT_OR_NULL',
    holds_hints: 'INTEGER',
    first_seen_at: 'INTEGER',
    updated_at: 'INTEGER',
    removed_at: 'INTEGER_OR_NULL',
    words: 'TEXT',
  },
  features: {
    id: 'TEXT',
    tenant: 'TEXT',
    server_id: 'TEXT',
    kind: 'TEXT',
    identifier: 'TEXT',
    identifier_hash: 'TEXT',
    name: 'TEXT',
    mime_type: 'TEXT_OR_NULL',
    definition: 'TEXT',
    first_seen_at: 'INTEGER',
    updated_at: 'INTEGER',
    removed_at: 'INTEGER_OR_NULL',
  },
  refreshes: {
    id: 'TEXT',
    tenant: 'TEXT',
    server_id: 'TEXT',
    status: 'TEXT',
    created_at: 'INTEGER',
    started_at: 'INTEGER_OR_NULL',
    finished_at: 'INTEGER_OR_NULL',
    error: 'TEXT_OR_NULL',
    outcome: 'TEXT',
    owner_id: 'TEXT_OR_NULL',
    actor: 'TEXT_OR_NULL',
  },
  runs: {
    id: 'TEXT',
    tenant: 'TEXT',
    server_id: 'TEXT',
    server_name: 'TEXT',
    tool_id: 'TEXT',
    tool_name: 'TEXT',
    status: 'TEXT',
    created_at: 'INTEGER',
    started_at: 'INTEGER_OR_NULL',
    finished_at: 'INTEGER_OR_NULL',
    error: 'TEXT_OR_NULL',
    args: 'TEXT',
    metadata: 'TEXT',
    idempotency_key: 'TEXT_OR_NULL',
    args_digest: 'TEXT_OR_NULL',
    result: 'TEXT_OR_NULL',
    owner_id: 'TEXT_OR_NULL',
    recorded: 'TEXT_OR_NULL',
    actor: 'TEXT_OR_NULL',
    trace_id: 'TEXT_OR_NULL',
    approval: 'TEXT_OR_NULL',
    input: 'TEXT_OR_NULL',
    retried_from: 'TEXT_OR_NULL',
  },
  job_events: { tenant: 'TEXT', job_id: 'TEXT', seq: 'INTEGER', at: 'INTEGER', events: 'TEXT' },
  server_events: { tenant: 'TEXT', seq: 'INTEGER', at: 'INTEGER', server_id: 'TEXT', event: 'TEXT' },
  audit_events: {
    tenant: 'TEXT',
    id: 'TEXT',
    at: 'INTEGER',
    actor: 'TEXT_OR_NULL',
    action: 'TEXT',
    refused_with: 'TEXT_OR_NULL',
    target_id: 'TEXT_OR_NULL',
    target_name: 'TEXT_OR_NULL',
    fields: 'TEXT',
    count: 'INTEGER',
    first_at: 'INTEGER_OR_NULL',
    last_at: 'INTEGER_OR_NULL',
  },
  cancel_requests: {
    job_id: 'TEXT',
    tenant: 'TEXT',
    reason: 'TEXT_OR_NULL',
    at: 'INTEGER',
    canceled_by: 'TEXT',
  },
  run_pauses: {
    tenant: 'TEXT',
    run_id: 'TEXT',
    server_id: 'TEXT',
    version: 'INTEGER',
    expires_at: 'INTEGER',
    held_by: 'TEXT_OR_NULL',
    settled_for: 'TEXT_OR_NULL',
    body: 'TEXT',
  },
  oauth_grants: { tenant: 'TEXT', server_id: 'TEXT', version: 'INTEGER', body: 'TEXT' },
  oauth_clients: { tenant: 'TEXT', issuer: 'TEXT', redirect_uri: 'TEXT', created_at: 'INTEGER', body: 'TEXT' },
}

/** The order in which rows are exported and inserted: the order of jobs depends on it. */
const orders: { readonly [Table in TransferTable]: string } = {
  secret_keys: 'created_at, id',
  feeds: 'tenant',
  servers: 'created_at, id',
  tools: 'first_seen_at, id',
  features: 'first_seen_at, id',
  refreshes: 'rowid',
  runs: 'rowid',
  job_events: 'job_id, seq',
  server_events: 'tenant, seq',
  audit_events: 'tenant, at, id',
  cancel_requests: 'job_id',
  run_pauses: 'tenant, run_id',
  oauth_grants: 'tenant, server_id',
  oauth_clients: 'tenant, issuer, redirect_uri',
}

export type TransferRow = Readonly<Record<string, string | number | null>>

export function isTransferTable(name: string): name is TransferTable {
  return Object.hasOwn(columns, name)
}

// The object has these keys and no others.
export const transferTables = Object.keys(columns) as readonly TransferTable[]

export function columnsOf(table: TransferTable): readonly string[] {
  return Object.keys(columns[table])
}

export function selectOf(table: TransferTable): string {
  return `select ${columnsOf(table).join(', ')} from ${table} order by ${orders[table]}`
}

function fits(value: unknown, kind: string): boolean {
  if (value === null) return kind.endsWith('_OR_NULL')
  return kind.startsWith('TEXT') ? typeof value === 'string' : Number.isSafeInteger(value)
}

/** The message of why it is no row of the table; undefined if it is one. */
export function problemOfRow(table: TransferTable, row: object): string | undefined {
  const kinds: Readonly<Record<string, string>> = columns[table]
  const unknown = Object.keys(row).find((name) => !Object.hasOwn(kinds, name))
  if (unknown !== undefined) return `the table ${table} has no column ${JSON.stringify(unknown.slice(0, 100))}`
  const unfit = Object.entries(kinds).find(([name, kind]) => !fits(Reflect.get(row, name), kind))
  if (!unfit) return undefined
  const [name, kind] = unfit
  return `expected ${kind.toLowerCase().replaceAll('_', ' ')} for ${table}.${name}, got something else`
}
