import { createId } from '../../packages/core/src/base/ids.ts'
import { nothingChanged, type RefreshRecord, type RunRecord } from '../../packages/core/src/model/job.ts'
import { neverConnected, type ServerRecord } from '../../packages/core/src/model/server.ts'
import type { ToolRecord } from '../../packages/core/src/model/tool.ts'

// The storage interface is no part of the packages' surface, so its suite reads the sources.

export function server(patch: Partial<ServerRecord> = {}): ServerRecord {
  const id = createId('server')
  return {
    id,
    name: id,
    description: null,
    enabled: true,
    labels: [],
    config: { transport: 'stdio', command: 'x', args: [], env: [], cwd: null },
    timeouts: { connectMs: 1, requestMs: 2, maxTotalMs: 3 },
    protocolEra: 'AUTO',
    toolChangePolicy: 'ACCEPT',
    approvalPolicy: 'NEVER',
    inputPolicy: 'PAUSE',
    refreshIntervalMs: null,
    revision: 1,
    createdAt: 1,
    updatedAt: 1,
    state: neverConnected,
    ...patch,
  }
}

export function tool(serverId: ToolRecord['serverId'], name: string, patch: Partial<ToolRecord> = {}): ToolRecord {
  const definition = { name, inputSchema: { type: 'object' } }
  return {
    id: createId('tool'),
    serverId,
    definition,
    definitionText: JSON.stringify(definition),
    quarantine: null,
    holdsHints: false,
    settings: {
      enabled: true,
      tags: [],
      returnCharLimit: null,
      recordArgs: null,
      recordResults: null,
      approvalPolicy: null,
    },
    firstSeenAt: 1,
    updatedAt: 1,
    removedAt: null,
    ...patch,
    ...(patch.definition ? { definitionText: JSON.stringify(patch.definition) } : {}),
  }
}

export function refresh(serverId: RefreshRecord['serverId'], patch: Partial<RefreshRecord> = {}): RefreshRecord {
  return {
    id: createId('refresh'),
    serverId,
    status: 'QUEUED',
    createdAt: 1,
    startedAt: null,
    finishedAt: null,
    error: null,
    outcome: nothingChanged,
    ownerId: null,
    actor: null,
    ...patch,
  }
}

export function run(owner: ToolRecord, patch: Partial<RunRecord> = {}): RunRecord {
  return {
    id: createId('run'),
    serverId: owner.serverId,
    serverName: 's',
    toolId: owner.id,
    toolName: owner.definition.name,
    status: 'QUEUED',
    createdAt: 1,
    startedAt: null,
    finishedAt: null,
    error: null,
    args: { a: [1, { b: null }] },
    metadata: {},
    idempotencyKey: null,
    argsDigest: null,
    result: null,
    ownerId: null,
    actor: null,
    recorded: { args: 'KEEP', result: 'KEEP' },
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    retriedFrom: null,
    ...patch,
  }
}
