import type { Output } from '../output/output.ts'
import { printable, shown } from '../output/printable.ts'
import { styleOfStatus } from '../output/status-style.ts'
import { stderrLines } from '../output/stderr-lines.ts'
import type { ServerFields } from '../queries/documents.ts'
import { oauthOf } from '../queries/oauth-fields.ts'
import { targetOf } from '../queries/servers.ts'
import { oauthAdvice } from './connect-hint.ts'
import { oauthRows } from './oauth-words.ts'

interface Secret {
  readonly name: string
  readonly isSet: boolean
  readonly source: string
  readonly reference: string | null
  readonly hint: string | null
}

/** Describes a secret without its value: its source, and its last characters. */
function describe({ name, source, reference, hint }: Secret): string {
  const from =
    source === 'LITERAL' ? `sealed${hint === null ? '' : `, ends in ${hint}`}` : `${source} ${reference ?? ''}`
  return printable(`${name} (${from})`)
}

function authRows(server: ServerFields): readonly (readonly [string, string])[] {
  if (server.__typename === 'StdioMcpServer') return server.env.map((entry) => ['Env', describe(entry)] as const)
  const { auth } = server
  const header = auth?.__typename === 'HeaderAuth' ? auth : undefined
  const oauth = oauthOf(server)
  return [
    ...(header ? [['Auth', describe({ ...header.token, name: header.header })] as const] : []),
    ...(oauth ? oauthRows(oauth) : []),
    ...server.customHeaders.map((entry) => ['Header', describe(entry)] as const),
  ]
}

/** The revision that is spoken, and its era; the policy if the server is not asked. */
function protocolOf({ protocolVersion, protocolEra, protocolEraPolicy }: ServerFields): string | undefined {
  const policy = protocolEraPolicy === 'AUTO' ? '' : `, only ${protocolEraPolicy} allowed`
  if (protocolVersion === null) return policy === '' ? undefined : `not known yet${policy}`
  return `${protocolVersion} (${protocolEra}${policy})`
}

/** Prints one server in full. */
export function printServer(output: Output, server: ServerFields): void {
  if (output.isJson) {
    output.printJson(server)
    return
  }
  const { health, serverInfo, timeouts } = server
  const error = health.lastError ? `${health.lastError.code}: ${health.lastError.message}` : undefined
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Name', server.name],
    ['Id', server.id],
    ['Status', output.style(styleOfStatus(server.status), server.status)],
    ['Error', error],
    ...stderrLines(health.lastError).map((line) => ['stderr', line] as const),
    ['Transport', server.transport],
    ['Target', targetOf(server)],
    ['Folder', server.__typename === 'StdioMcpServer' ? (server.cwd ?? undefined) : undefined],
    ...authRows(server),
    ['To do', oauthAdvice(server)],
    ['Description', server.description ?? undefined],
    ['Labels', server.labels.join(', ') || undefined],
    ['Server', serverInfo ? `${serverInfo.title ?? serverInfo.name} ${serverInfo.version}` : undefined],
    ['Protocol', protocolOf(server)],
    ['Tools', String(server.tools.totalCount)],
    ['New tools', server.toolChangePolicy],
    ['Approval', server.approvalPolicy],
    ['Input', server.inputPolicy],
    ['Refreshed', server.refreshIntervalMs === null ? undefined : `every ${server.refreshIntervalMs} ms`],
    ['Timeouts', `connect ${timeouts.connectMs} ms, request ${timeouts.requestMs} ms, total ${timeouts.maxTotalMs} ms`],
    ['Revision', String(server.revision)],
    ['Created', server.createdAt],
    ['Updated', server.updatedAt],
  ]
  for (const [label, value] of rows) {
    if (value !== undefined)
      output.print(`${output.style('bold', label.padEnd(12))}${label === 'Status' ? value : shown(value)}`)
  }
}
