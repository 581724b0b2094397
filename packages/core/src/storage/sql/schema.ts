import type { CanceledBy, ErrorCode, JobError } from '../../base/errors.ts'
import type { AuditEventId, JobId, NodeId, RefreshId, RunId, ServerId, TenantId, ToolId } from '../../base/ids.ts'
import type { RunApproval } from '../../model/approval-policy.ts'
import type { AuditAction } from '../../model/audit-event.ts'
import type { JobEvent, JobStatus, McpServerStatus, ServerEvent } from '../../model/events.ts'
import type { FeatureId, FeatureKind } from '../../model/feature.ts'
import type { NodeRecord, RefreshOutcome, RunInput, RunRecord, RunRecorded } from '../../model/job.ts'
import type { OAuthClientRecord, OAuthFlowRecord, OAuthGrantRecord } from '../../model/oauth.ts'
import type { ApprovalPause, InputPause } from '../../model/pause.ts'
import type { Sealed } from '../../model/secret.ts'
import type { McpTransport, ServerRecord, ServerState } from '../../model/server.ts'
import type { RecordPolicy, ToolRecord } from '../../model/tool.ts'
import type { Json } from './json-column.ts'

/** The tables as Kysely sees them. JSON is kept as text; booleans as 0 and 1; times as epoch milliseconds. */
export interface Database {
  servers: ServerRow & UsageColumns
  tools: ToolRow
  features: FeatureRow
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
  oauth_grants: OAuthGrantRow
  oauth_clients: OAuthClientRow
  oauth_flows: OAuthFlowRow
  run_pauses: RunPauseRow
}

/** Tables with the entries of servers. */
export type EntryTable = 'tools' | 'features'

export interface ServerRow {
  id: ServerId
  tenant: TenantId
  name: string
  description: string | null
  enabled: number
  labels: Json<readonly string[]>
  transport: McpTransport
  config: string
  timeouts: Json<ServerRecord['timeouts']>
  protocol_era: ServerRecord['protocolEra']
  refresh_interval_ms: number | null
  tool_change_policy: ServerRecord['toolChangePolicy']
  approval_policy: ServerRecord['approvalPolicy']
  input_policy: ServerRecord['inputPolicy']
  revision: number
  created_at: number
  updated_at: number
  status: McpServerStatus
  state: Json<Omit<ServerState, 'status'>>
  /** The words of its name, by which searches find its tools. */
  words: string
}

/** The tools and other definitions of a server, removed ones included, as of the last recount. */
export interface UsageColumns {
  tool_count: number
  tool_bytes: number
  feature_count: number
  feature_bytes: number
}

export interface ToolRow {
  id: ToolId
  tenant: TenantId
  server_id: ServerId
  name: string
  definition: string
  /** 0 if the definition waits for approval. */
  approved: number
  /** The changed definition that waits for approval. */
  pending_definition: string | null
  read_only: number
  destructive: number
  enabled: number
  tags: Json<readonly string[]>
  return_char_limit: number | null
  record_args: RecordPolicy | null
  record_results: RecordPolicy | null
  approval_policy: ToolRecord['settings']['approvalPolicy']
  /** 1 if a refresh loosened a hint, and no owner has accepted that yet. */
  holds_hints: number
  first_seen_at: number
  updated_at: number
  removed_at: number | null
  /** The words by which searches find it. */
  words: string
}

/** A resource, template or prompt. */
export interface FeatureRow {
  id: FeatureId
  tenant: TenantId
  server_id: ServerId
  kind: FeatureKind
  identifier: string
  /** Of `identifier`, which may be too long for an index. */
  identifier_hash: string
  name: string
  mime_type: string | null
  definition: string
  first_seen_at: number
  updated_at: number
  removed_at: number | null
}

export interface RefreshRow {
  id: RefreshId
  tenant: TenantId
  server_id: ServerId
  status: JobStatus
  created_at: number
  started_at: number | null
  finished_at: number | null
  error: Json<JobError> | null
  outcome: Json<RefreshOutcome>
  owner_id: NodeId | null
  actor: string | null
}

export interface RunRow {
  id: RunId
  tenant: TenantId
  server_id: ServerId
  server_name: string
  tool_id: ToolId
  tool_name: string
  status: JobStatus
  created_at: number
  started_at: number | null
  finished_at: number | null
  error: Json<JobError> | null
  args: Json<RunRecord['args']>
  metadata: Json<RunRecord['metadata']>
  idempotency_key: string | null
  args_digest: string | null
  result: Json<NonNullable<RunRecord['result']>> | null
  owner_id: NodeId | null
  /** Null if all is kept, as for most runs. */
  recorded: Json<RunRecorded> | null
  actor: string | null
  trace_id: string | null
  approval: Json<RunApproval> | null
  input: Json<RunInput> | null
  retried_from: RunId | null
}

/** An event with its time, if it is not that of the row. */
export type PackedEvent = JobEvent & { readonly at?: number }

export interface JobEventRow {
  tenant: TenantId
  job_id: JobId
  /** The number of the last event in the row. */
  seq: number
  at: number
  events: Json<readonly PackedEvent[]>
}

export interface ServerEventRow {
  tenant: TenantId
  seq: number
  at: number
  server_id: ServerId
  event: Json<ServerEvent>
}

export interface FeedRow {
  tenant: TenantId
  /** The number of the last event ever appended. */
  last: number
}

export interface AuditRow {
  tenant: TenantId
  id: AuditEventId
  at: number
  actor: string | null
  action: AuditAction
  refused_with: ErrorCode | null
  target_id: string | null
  target_name: string | null
  fields: Json<readonly string[]>
  count: number
  /** Null if it is `at`. */
  first_at: number | null
  last_at: number | null
}

export interface CancelRow {
  job_id: JobId
  tenant: TenantId
  reason: string | null
  at: number
  canceled_by: CanceledBy
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
  id: NodeId
  process: Json<NonNullable<NodeRecord['process']>> | null
  opened_at: number
  expires_at: number | null
}

/** With the rest of its lease, in ms. */
export type StoredNodeRow = NodeRow & { readonly lapses_in: number | null }

export interface SecretKeyRow {
  id: string
  master_key_id: string
  wrapped: string
  created_at: number
}

type TextOf<Value> = Value extends Sealed ? string : Value

/** A record as JSON: its sealed members are their texts. */
export type SealedAsText<Of> = { readonly [Member in keyof Of]: TextOf<Of[Member]> }

export interface OAuthGrantRow {
  tenant: TenantId
  server_id: ServerId
  /** That of `body`, for the condition of the next write. */
  version: number
  body: Json<SealedAsText<OAuthGrantRecord>>
}

export interface OAuthClientRow {
  tenant: TenantId
  issuer: string
  redirect_uri: string
  created_at: number
  body: Json<SealedAsText<OAuthClientRecord>>
}

export interface OAuthFlowRow {
  tenant: TenantId
  state_hash: string
  server_id: ServerId
  created_at: number
  expires_at: number
  body: Json<SealedAsText<OAuthFlowRecord>>
}

/** Pauses of the version before this one, which were all approvals, have no kind. */
export type SealedPause =
  | SealedAsText<InputPause>
  | (Omit<SealedAsText<ApprovalPause>, 'kind'> & { readonly kind?: ApprovalPause['kind'] })

export interface RunPauseRow {
  tenant: TenantId
  run_id: RunId
  server_id: ServerId
  version: number
  expires_at: number
  /** The node whose session it needs. */
  held_by: NodeId | null
  /** The node that has to take how it ended. */
  settled_for: NodeId | null
  body: Json<SealedPause>
}
