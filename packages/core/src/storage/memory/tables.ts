import type { JobId, NodeId, RefreshId, RunId, ServerId, ToolId } from '../../base/ids.ts'
import type { AuditRecord } from '../../model/audit-event.ts'
import type { ChildRecord } from '../../model/child-process.ts'
import type { JobEvent, Logged, ServerEvent } from '../../model/events.ts'
import type { FeatureId, FeatureRecord } from '../../model/feature.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../../model/job.ts'
import type { OAuthClientRecord, OAuthFlowRecord, OAuthGrantRecord } from '../../model/oauth.ts'
import type { PauseRecord } from '../../model/pause.ts'
import type { SecretKeyRecord } from '../../model/secret-key-record.ts'
import type { ServerRecord } from '../../model/server.ts'
import type { ToolRecord } from '../../model/tool.ts'
import type { CancelRequest } from '../write.ts'

/** The data of one tenant. */
export interface Tables {
  readonly servers: Map<ServerId, ServerRecord>
  readonly tools: Map<ToolId, ToolRecord>
  readonly features: Map<FeatureId, FeatureRecord>
  /** By server, as of the last recount. */
  readonly toolUsage: Map<ServerId, ToolUsage>
  readonly featureUsage: Map<ServerId, FeatureUsage>
  readonly refreshes: Map<RefreshId, RefreshRecord>
  readonly runs: Map<RunId, RunRecord>
  readonly runKeys: Map<string, RunId>
  readonly pauses: Map<RunId, PauseRecord>
  readonly jobEvents: Map<JobId, Logged<JobEvent>[]>
  readonly audit: Map<AuditRecord['id'], AuditRecord>
  readonly cancelRequests: Map<JobId, CancelRequest>
  readonly oauthGrants: Map<ServerId, OAuthGrantRecord>
  /** By issuer and redirect URI. */
  readonly oauthClients: Map<string, OAuthClientRecord>
  /** By the hash of their state. */
  readonly oauthFlows: Map<string, OAuthFlowRecord>
  readonly serverEvents: { kept: Logged<ServerEvent>[]; last: number }
}

export interface ToolUsage {
  readonly toolsPerTenant: number
  readonly toolBytesPerTenant: number
}

export interface FeatureUsage {
  readonly featuresPerTenant: number
  readonly featureBytesPerTenant: number
}

/** The data of no tenant. */
export interface SystemTables {
  readonly children: Map<string, ChildRecord>
  readonly nodes: Map<NodeId, MemoryNode>
  readonly secretKeys: Map<string, SecretKeyRecord>
}

export type MemoryNode = NodeRecord & { readonly expiresAt: number | null }

export function emptyTables(): Tables {
  return {
    servers: new Map(),
    tools: new Map(),
    features: new Map(),
    toolUsage: new Map(),
    featureUsage: new Map(),
    refreshes: new Map(),
    runs: new Map(),
    runKeys: new Map(),
    pauses: new Map(),
    jobEvents: new Map(),
    audit: new Map(),
    cancelRequests: new Map(),
    oauthGrants: new Map(),
    oauthClients: new Map(),
    oauthFlows: new Map(),
    serverEvents: { kept: [], last: 0 },
  }
}
