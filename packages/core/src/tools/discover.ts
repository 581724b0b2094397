import { RegistryError } from '../errors.ts'
import type { RejectedTool } from '../jobs/job.ts'
import type { McpTimeouts } from '../servers/server.ts'
import type { McpSession } from '../sessions/session.ts'
import { checkDefinition } from './definition.ts'
import type { ToolDefinition } from './tool.ts'

const maxPages = 1_000

export interface Discovered {
  readonly definitions: ReadonlyMap<string, ToolDefinition>
  readonly rejected: readonly RejectedTool[]
}

export interface DiscoverOptions {
  readonly timeouts: McpTimeouts
  readonly signal: AbortSignal
  /** Hears after each page how many tools have been listed. */
  readonly onPage: (listed: number) => void
}

/**
 * Reads every page of `tools/list` (MCP 2025-11-25, pagination). A server without the capability `tools` has none.
 * Rejects with PROTOCOL_ERROR where a cursor comes twice or the pages do not end, and with what the session rejects with.
 */
export async function discover(
  session: McpSession,
  { timeouts, signal, onPage }: DiscoverOptions,
): Promise<Discovered> {
  const definitions = new Map<string, ToolDefinition>()
  const rejected: RejectedTool[] = []
  if (!session.facts.hasTools) return { definitions, rejected }
  const seen = new Set<string>()
  let cursor: string | undefined
  let listed = 0
  for (let page = 1; ; page += 1) {
    const { tools, nextCursor } = await session.listTools(cursor, timeouts, signal)
    for (const raw of tools) {
      const check = checkDefinition(raw, listed)
      listed += 1
      if (!check.ok) rejected.push({ name: check.name, reason: check.reason })
      else if (definitions.has(check.definition.name)) {
        rejected.push({
          name: check.definition.name,
          reason: 'the name stands in the list before; the first one is taken',
        })
      } else definitions.set(check.definition.name, check.definition)
    }
    onPage(listed)
    if (nextCursor === undefined) return { definitions, rejected }
    if (seen.has(nextCursor)) {
      throw new RegistryError(
        'PROTOCOL_ERROR',
        `tools/list gave the same cursor twice, after page ${page}; expected a new one or none`,
      )
    }
    if (page === maxPages) {
      throw new RegistryError('PROTOCOL_ERROR', `tools/list did not end: expected at most ${maxPages} pages`)
    }
    seen.add(nextCursor)
    cursor = nextCursor
  }
}
