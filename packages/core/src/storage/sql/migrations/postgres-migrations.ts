import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { traceIds } from './0007-trace-ids.ts'
import { postgresSearch } from './0008-search.ts'
import { quotas } from './0010-quotas.ts'
import { auditCounts } from './0011-audit-counts.ts'
import { postgresOAuth } from './0012-oauth.ts'
import { postgresFeatures } from './0013-features.ts'
import { postgresPauses } from './0014-pauses.ts'
import { postgresInputPauses } from './0015-input-pauses.ts'
import { postgresFeatureSearch } from './0016-feature-search.ts'
import { postgresRetriedRuns } from './0017-retried-runs.ts'
import { postgresRunLogs } from './0018-run-logs.ts'
import { postgresIndexMarks } from './0019-index-marks.ts'

/**
 * All that the migrations of SQLite come to by the one of this name. Texts are in the order of their code points, whatever
 * the order of the database is; times are epoch milliseconds. `rowid`, which SQLite has by itself, tells in what order
 * jobs were written.
 */
const baseline = `
create table servers (
  id text collate "C" primary key, tenant text collate "C" not null, name text collate "C" not null, description text,
  enabled int not null, labels text not null, transport text not null, config text not null, timeouts text not null,
  protocol_era text not null, refresh_interval_ms bigint, tool_change_policy text not null, revision int not null,
  created_at bigint not null, updated_at bigint not null, status text not null, state text not null,
  unique (tenant, name), unique (tenant, id)
);
create index servers_created on servers (tenant, created_at, id);
create index servers_updated on servers (tenant, updated_at, id);
create index servers_scheduled on servers (id) where refresh_interval_ms is not null;
create table tools (
  id text collate "C" primary key, tenant text collate "C" not null, server_id text collate "C" not null,
  name text collate "C" not null, definition text not null, approved int not null, pending_definition text,
  read_only int not null, destructive int not null, enabled int not null, tags text not null, return_char_limit bigint,
  record_args text, record_results text, first_seen_at bigint not null, updated_at bigint not null, removed_at bigint,
  unique (tenant, server_id, name)
);
create index tools_name on tools (tenant, name, id);
create index tools_first_seen on tools (tenant, first_seen_at, id);
create index tools_waiting on tools (tenant, name, id) where approved = 0 or pending_definition is not null;
create table refreshes (
  id text collate "C" primary key, rowid bigint generated always as identity, tenant text collate "C" not null,
  server_id text collate "C" not null, status text not null, created_at bigint not null, started_at bigint,
  finished_at bigint, error text, outcome text not null, owner_id text, actor text
);
create index refreshes_rowid on refreshes (rowid);
create index refreshes_server on refreshes (tenant, server_id, id);
create index refreshes_unfinished on refreshes (id) where status in ('QUEUED', 'RUNNING');
create unique index refreshes_one_for_server on refreshes (tenant, server_id) where status in ('QUEUED', 'RUNNING');
create table runs (
  id text collate "C" primary key, rowid bigint generated always as identity, tenant text collate "C" not null,
  server_id text collate "C" not null, server_name text not null, tool_id text collate "C" not null,
  tool_name text not null, status text not null, created_at bigint not null, started_at bigint, finished_at bigint,
  error text, args text not null, metadata text not null, idempotency_key text collate "C", args_digest text,
  result text, owner_id text, recorded text, actor text
);
create index runs_rowid on runs (rowid);
create index runs_created on runs (tenant, created_at, id);
create index runs_server on runs (tenant, server_id, created_at, id);
create index runs_tool on runs (tenant, tool_id, created_at, id);
create index runs_not_succeeded on runs (tenant, status, created_at, id) where status <> 'SUCCEEDED';
create index runs_unfinished on runs (id) where status in ('QUEUED', 'RUNNING');
create unique index runs_idempotency_key on runs (tenant, idempotency_key) where idempotency_key is not null;
create table job_events (
  tenant text collate "C" not null, job_id text collate "C" not null, seq bigint not null, at bigint not null,
  events text not null, primary key (job_id, seq)
);
create table feeds (tenant text collate "C" primary key, last bigint not null);
create table server_events (
  tenant text collate "C" not null, seq bigint not null, at bigint not null, server_id text collate "C" not null,
  event text not null, primary key (tenant, seq)
);
create index server_events_server on server_events (tenant, server_id, seq);
create table audit_events (
  tenant text collate "C" not null, id text collate "C" not null, at bigint not null, actor text, action text not null,
  refused_with text, target_id text, target_name text, fields text not null, primary key (tenant, at, id)
);
create table children (
  host text not null, boot text not null, pid int not null, started_as text not null, owner_pid int not null,
  owner_started_as text not null, primary key (host, boot, pid)
);
create table owners (id text collate "C" primary key, process text, opened_at bigint not null, expires_at bigint);
create table secret_keys (
  id text collate "C" primary key, master_key_id text not null, wrapped text not null, created_at bigint not null
);
create table cancel_requests (
  job_id text collate "C" primary key, tenant text collate "C" not null, reason text, at bigint not null,
  canceled_by text not null
);
`

/**
 * A tool is of a server of its tenant, and goes with it: what a foreign key does, but once for all rows of a statement. A
 * thousand tools are not looked up one by one, which takes a third of their insertion.
 */
const toolsHaveServers = `
create function tools_have_servers() returns trigger language plpgsql as $$
declare
  wanted bigint;
  locked bigint;
begin
  select count(*) into wanted from (select distinct tenant, server_id from inserted) as named;
  perform from servers where (tenant, id) in (select tenant, server_id from inserted) for key share;
  get diagnostics locked = row_count;
  if locked < wanted then
    raise exception 'A tool of a server that is not there' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger tools_have_servers after insert on tools referencing new table as inserted
  for each statement execute function tools_have_servers();
create function tools_go_with_server() returns trigger language plpgsql as $$
begin
  delete from tools where tenant = old.tenant and server_id = old.id;
  return old;
end $$;
create trigger tools_go_with_server before delete on servers
  for each row execute function tools_go_with_server();
`

/**
 * The first statement of a transaction: it holds the lease of its node until the end, and leaves the mark of its connection.
 * A node that deletes a lease waits for the transactions that hold it (`awaitHolders` in dialect.ts).
 */
const hold = `
create table commit_marks (
  node text, slot int, number bigint not null, at bigint not null, primary key (node, slot)
) with (fillfactor = 50);
create function hold(owner text, mark_node text, mark_slot int, before bigint, made_at bigint) returns void
language plpgsql as $$
begin
  if owner is not null then
    perform pg_advisory_xact_lock_shared(hashtextextended(owner, 0));
    if not exists (select from owners where id = owner) then
      raise exception 'The lease of % is lost', owner using errcode = 'TY001';
    end if;
  end if;
  if before = 0 then
    insert into commit_marks (node, slot, number, at) values (mark_node, mark_slot, 1, made_at);
  else
    update commit_marks set number = before + 1, at = made_at
      where node = mark_node and slot = mark_slot and number = before;
    if not found then
      raise exception 'This transaction was given up' using errcode = 'TY003';
    end if;
  end if;
end $$;
create function must_change(rows bigint) returns void language plpgsql as $$
begin
  if rows = 0 then raise exception 'Nothing was changed' using errcode = 'TY002'; end if;
end $$;
`

export const postgresMigrations: Readonly<Record<string, Migration>> = {
  '0006_leases': {
    async up(db) {
      await sql.raw(baseline).execute(db)
      await sql.raw(toolsHaveServers).execute(db)
      await sql.raw(hold).execute(db)
    },
  },
  '0007_trace_ids': traceIds,
  '0008_search': postgresSearch,
  '0010_quotas': quotas,
  '0011_audit_counts': auditCounts,
  '0012_oauth': postgresOAuth,
  '0013_features': postgresFeatures,
  '0014_pauses': postgresPauses,
  '0015_input_pauses': postgresInputPauses,
  '0016_feature_search': postgresFeatureSearch,
  '0017_retried_runs': postgresRetriedRuns,
  '0018_run_logs': postgresRunLogs,
  '0019_index_marks': postgresIndexMarks,
}
