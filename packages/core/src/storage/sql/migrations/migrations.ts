import type { Migration } from 'kysely/migration'
import { initial } from './0001-initial.ts'
import { sessions } from './0002-sessions.ts'
import { durableJobs } from './0003-durable-jobs.ts'
import { tenants } from './0004-tenants.ts'
import { cancelRequests } from './0005-cancel-requests.ts'
import { leases } from './0006-leases.ts'
import { traceIds } from './0007-trace-ids.ts'
import { search } from './0008-search.ts'
import { quotas } from './0010-quotas.ts'
import { auditCounts } from './0011-audit-counts.ts'
import { oauth } from './0012-oauth.ts'
import { features } from './0013-features.ts'
import { pauses } from './0014-pauses.ts'
import { inputPauses } from './0015-input-pauses.ts'
import { featureSearch } from './0016-feature-search.ts'
import { retriedRuns } from './0017-retried-runs.ts'
import { runLogs } from './0018-run-logs.ts'
import { indexMarks } from './0019-index-marks.ts'

/** Every step from an empty database to the current one; a step that was released never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_initial': initial,
  '0002_sessions': sessions,
  '0003_durable_jobs': durableJobs,
  '0004_tenants': tenants,
  '0005_cancel_requests': cancelRequests,
  '0006_leases': leases,
  '0007_trace_ids': traceIds,
  '0008_search': search,
  '0010_quotas': quotas,
  '0011_audit_counts': auditCounts,
  '0012_oauth': oauth,
  '0013_features': features,
  '0014_pauses': pauses,
  '0015_input_pauses': inputPauses,
  '0016_feature_search': featureSearch,
  '0017_retried_runs': retriedRuns,
  '0018_run_logs': runLogs,
  '0019_index_marks': indexMarks,
}
