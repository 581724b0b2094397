import type { GraphQLClient } from '@toolyard/graphql/client'
import { GraphQLClientError } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'
import type { ServerFields } from '../queries/documents.ts'
import { previewRefresh, type RefreshPreview } from '../queries/refresh-preview.ts'
import { findServer } from '../queries/servers.ts'
import { type Check, finding, fine } from './check.ts'
import { checkGrant } from './oauth-checks.ts'
import { checkFault } from './server-faults.ts'

const area = 'MCP_SERVERS'
/** Maximum number of names in a message. */
const namesShown = 5

const waitingQuery = graphql(`
  query WaitingTools($serverId: ID!, $first: Int!) {
    mcpTools(filter: { serverId: [$serverId], quarantined: true }, first: $first) {
      totalCount
      nodes { name }
    }
  }
`)
type WaitingTools = ResultOf<typeof waitingQuery>['mcpTools']

function listed(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, namesShown).join(', ')
  return count > namesShown ? `${shown}, … (${count})` : shown
}

function checkChanges(name: string, { added, updated, deleted }: RefreshPreview): readonly Check[] {
  const changes = [
    ...(added.length > 0 ? [`${added.length} to add: ${listed(added.map((tool) => tool.name))}`] : []),
    ...(updated.length > 0 ? [`${updated.length} to update: ${listed(updated.map(({ tool }) => tool.name))}`] : []),
    ...(deleted.length > 0 ? [`${deleted.length} to delete: ${listed(deleted.map((tool) => tool.name))}`] : []),
  ]
  if (changes.length === 0) return []
  return [
    finding('TOOLS_CHANGED', area, name, `the stored tools differ from those that it lists: ${changes.join('; ')}`),
  ]
}

function checkSchemas(name: string, { listed: tools }: RefreshPreview): readonly Check[] {
  const invalid = tools.filter(({ schemaHealth }) => schemaHealth.status === 'INVALID')
  const loose = tools.filter(({ schemaHealth }) => schemaHealth.status === 'NON_STRICT_ONLY')
  const words = invalid.map((tool) => `${tool.name} (${tool.schemaHealth.reasons[0] ?? 'no reason'})`)
  return [
    ...(invalid.length > 0 ? [finding('SCHEMAS_INVALID', area, name, `schemas are invalid: ${listed(words)}`)] : []),
    ...(loose.length > 0
      ? [fine(area, name, `Fits model APIs, except in strict mode: ${listed(loose.map((tool) => tool.name))}`)]
      : []),
  ]
}

/** The checks of a server that has listed its tools. */
function checkAnswer(server: ServerFields, preview: RefreshPreview, waiting: WaitingTools): readonly Check[] {
  const { name, health } = server
  const { rejected, connectMs, listMs } = preview
  const spoken = server.protocolVersion === null ? '' : `; MCP ${server.protocolVersion} (${server.protocolEra})`
  const checks: Check[] = [
    fine(
      area,
      name,
      `lists ${preview.listed.length} tools; connected in ${connectMs} ms, listed in ${listMs} ms${spoken}`,
    ),
  ]
  if (health.lastError && health.consecutiveFailures > 0) {
    const { code, message } = health.lastError
    const times = `${health.consecutiveFailures} failures in a row before this`
    checks.push(finding('FAILED_BEFORE', area, name, `${times}, the last one ${code}: ${message}`))
  }
  checks.push(...checkChanges(name, preview))
  if (rejected.length > 0) {
    const words = rejected.map((tool) => `${tool.name || 'a tool without a name'}: ${tool.reason}`)
    checks.push(finding('TOOLS_REJECTED', area, name, `rejected tools: ${listed(words)}`))
  }
  checks.push(...checkSchemas(name, preview))
  if (waiting.nodes.length > 0) {
    const names = waiting.nodes.map((tool) => tool.name)
    const message = `definitions wait for approval: ${listed(names, waiting.totalCount)}`
    checks.push(finding('TOOLS_WAIT', area, name, message))
  }
  return checks
}

/** The check for an error of the API that concerns the request, not the MCP server. */
function checkRefusedQuestion(name: string, error: unknown): Check | undefined {
  if (!(error instanceof GraphQLClientError)) return undefined
  if (error.code === 'FORBIDDEN') return finding('SCOPE_MISSING', area, name, `not asked: ${error.message}`)
  if (error.code === 'GRAPHQL_VALIDATION_FAILED') {
    return finding('SERVER_VERSION_UNSUITED', area, name, 'not asked: the server of --url knows no previews')
  }
  return undefined
}

export interface ServerCheckOptions {
  readonly client: GraphQLClient
  /** Whether servers are asked by this process. */
  readonly isLocal: boolean
  readonly signal: AbortSignal
}

/**
 * Asks the server for its tools, and stores none of them. Rejects with GraphQLClientError if the API does not answer.
 */
export async function checkServer(server: ServerFields, options: ServerCheckOptions): Promise<readonly Check[]> {
  const { client, isLocal, signal } = options
  const { id, name, enabled } = server
  if (!enabled) return [fine(area, name, 'is disabled, and not asked')]
  try {
    const result = await previewRefresh(client, { id }, signal)
    if (!result) return [finding('SERVER_FAILED', area, name, 'the API answered nothing')]
    // Read again: the question may have renewed its token, or found that the grant has ended.
    const current = server.__typename === 'StdioMcpServer' ? server : await findServer(client, id, signal)
    const ofGrant = await checkGrant(current, { client, signal })
    if (result.__typename !== 'PreviewMcpServerRefreshPayload')
      return [checkFault(current, result, isLocal), ...ofGrant]
    const waiting = await client.request(waitingQuery, { serverId: id, first: namesShown }, { signal })
    return [...checkAnswer(server, result, waiting.mcpTools), ...ofGrant]
  } catch (error) {
    const check = checkRefusedQuestion(name, error)
    if (check) return [check]
    throw error
  }
}
