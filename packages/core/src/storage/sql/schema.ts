/** The tables as Kysely sees them. JSON is kept as text; booleans as 0 and 1; times as epoch milliseconds. */
export interface Database {
  servers: ServerRow & ToolUsageColumns
  tools: ToolRow
  refreshes: RefreshRow
  runs: RunRow
  job_events: JobEventRow
  server_events: ServerEventRow
  feeds: FeedRow
  audit_events: AuditRow
  cancel_requests: CancelRow
  children: ChildRow
  owners: NodeRow
  secret_keys: SecretKeyRow
}

export interface ServerRow {
  id: string
  tenant: string
  name: string
  description: string | null
  enabled: number
  labels: string
  transport: string
  config: string
  timeouts: string
  protocol_era: string
  refresh_interval_ms: number | null
  tool_change_policy: string
  revision: number
  created_at: number
  updated_at: number
  status: string
  /** `ServerState` without its status. */
  state: string
  /** By which its tools are found. */
  words: string
}

/** What is counted of a server, beside its row: its tools, removed ones included, as of the last recount. */
export interface ToolUsageColumns {
  tool_count: number
  tool_bytes: number
}

export interface ToolRow {
  id: string
  tenant: string
  server_id: string
  name: string
  definition: string
  /** 0: the definition waits for approval. */
  approved: number
  /** The changed definition that waits for approval. */
  pending_definition: string | null
  read_only: number
  destructive: number
  enabled: number
  tags: string
  return_char_limit: number | null
  record_args: string | null
  record_results: string | null
  first_seen_at: number
  updated_at: number
  removed_at: number | null
  /** By which it is found. */
  words: string
}

export interface RefreshRow {
  id: string
  tenant: string
  server_id: string
  status: string
  created_at: number
  started_at: number | null
  finished_at: number | null
  error: string | null
  outcome: string
  owner_id: string | null
  actor: string | null
}

export interface RunRow {
  id: string
  tenant: string
  server_id: string
  server_name: string
  tool_id: string
  tool_name: string
  status: string
  created_at: number
  started_at: number | null
  finished_at: number | null
  error: string | null
  args: string
  metadata: string
  idempotency_key: string | null
  args_digest: string | null
  result: string | null
  owner_id: string | null
  /** `RunRecorded`; null where all is kept, as mostly. */
  recorded: string | null
  actor: string | null
  trace_id: string | null
}

export interface JobEventRow {
  tenant: string
  job_id: string
  /** Of the last event in the row. */
  seq: number
  at: number
  /** A list. */
  events: string
}

export interface ServerEventRow {
  tenant: string
  seq: number
  at: number
  server_id: string
  event: string
}

export interface FeedRow {
  tenant: string
  /** The number of the last event ever appended. */
  last: number
}

export interface AuditRow {
  tenant: string
  id: string
  at: number
  actor: string | null
  action: string
  refused_with: string | null
  target_id: string | null
  target_name: string | null
  fields: string
  count: number
  /** Null: as `at`. */
  first_at: number | null
  last_at: number | null
}

export interface CancelRow {
  job_id: string
  tenant: string
  reason: string | null
  at: number
  canceled_by: string
}

export interface ChildRow {
  host: string
  boot: string
  pid: number
  started_as: string
  owner_pid: number
  owner_started_as: string
  recorded_at: number
}

export interface NodeRow {
  id: string
  process: string | null
  opened_at: number
  expires_at: number | null
}

/** With what is left of its lease, in ms. */
export type StoredNodeRow = NodeRow & { readonly lapses_in: number | null }

export interface SecretKeyRow {
  id: string
  master_key_id: string
  wrapped: string
  created_at: number
}
