import { sqliteStorage } from '@toolyard/core/sqlite'
import { createId, defaultTenant } from '../../../packages/core/src/base/ids.ts'
import type { RunRecord } from '../../../packages/core/src/model/job.ts'
import type { Write } from '../../../packages/core/src/storage/write.ts'

// The storage interface is no part of the packages' surface, so this reads the sources, as the storage's suite does.

const servers = Array.from({ length: 20 }, () => createId('server'))
const toolsPerServer = 25
const tools = servers.flatMap((serverId) =>
  Array.from({ length: toolsPerServer }, (_, n) => ({ serverId, toolId: createId('tool'), toolName: `tool_${n}` })),
)
const firstAt = 1_700_000_000_000

export interface History {
  readonly runs: number
  readonly serverId: string
  readonly toolId: string
  /** Within which some 1,000 runs were created. */
  readonly createdAt: { readonly gte: number; readonly lt: number }
}

function runAt(index: number): RunRecord {
  const tool = tools[(index * 7) % tools.length] ?? tools[0]
  if (!tool) throw new Error('There are tools')
  const at = firstAt + index
  const isFailed = index % 100 === 0
  const text = `the result of ${index}`
  return {
    ...tool,
    id: createId('run'),
    serverName: 'a server',
    status: isFailed ? 'FAILED' : 'SUCCEEDED',
    createdAt: at,
    startedAt: at,
    finishedAt: at + 5,
    error: null,
    args: { a: index, b: 1 },
    metadata: {},
    idempotencyKey: null,
    argsDigest: null,
    result: {
      status: isFailed ? 'ERROR' : 'SUCCESS',
      funcReturn: text,
      stdout: [],
      stderr: [],
      structuredContent: null,
      content: [{ type: 'text', text }],
      meta: null,
      truncated: false,
      configFingerprint: 'f'.repeat(64),
    },
    ownerId: null,
    actor: null,
    recorded: { args: 'KEEP', result: 'KEEP' },
    traceId: null,
    retriedFrom: null,
  }
}

/** Writes so many runs of 500 tools of 20 servers, one in a hundred FAILED, each with its two events. */
export async function fillHistory(path: string, runs: number): Promise<History> {
  const storage = await sqliteStorage({ path }).open()
  try {
    for (let first = 0; first < runs; first += 1_000) {
      const writes: Write[] = []
      for (let index = first; index < Math.min(first + 1_000, runs); index += 1) {
        const run = runAt(index)
        const { id: jobId, createdAt: at, status } = run
        const isFailed = status === 'FAILED'
        const events = [
          { type: 'ToolRunStarted' },
          { type: 'ToolRunFinished', status: isFailed ? 'FAILED' : 'SUCCEEDED' },
        ] as const
        writes.push({ kind: 'insertRun', run }, { kind: 'appendJobEvents', jobId, at, events })
      }
      await storage.tenant(defaultTenant).commit(writes)
      if (first % 50_000 === 0) process.stderr.write('+')
    }
  } finally {
    await storage.close()
  }
  const [serverId = ''] = servers
  const middle = firstAt + runs / 2
  return { runs, serverId, toolId: tools[0]?.toolId ?? '', createdAt: { gte: middle, lt: middle + 1_000 } }
}
