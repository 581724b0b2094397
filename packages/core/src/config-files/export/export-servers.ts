import { invalidInput, RegistryError } from '../../base/errors.ts'
import type { ServerFilter } from '../../model/filters.ts'
import type { McpServer, McpTimeouts } from '../../model/server.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ConfigFilesApi } from '../api.ts'
import type { ExportedServer } from '../formats/client-format.ts'
import { formats } from '../formats/formats.ts'
import { describeVariables } from './describe-variables.ts'
import { type ExportSource, omittedOf, refusalOf, secretsOf, toExported, toExportSource } from './exported-server.ts'
import { createVariableNames, type PlacedEntry } from './variable-names.ts'

const maxServers = 1_000

export interface ExportDeps {
  readonly servers: Pick<ServerControl, 'list' | 'oauthConfigs'>
  readonly options: { readonly timeouts: McpTimeouts }
}

const hasOAuth = (server: McpServer) => server.transport !== 'stdio' && server.auth?.type === 'OAUTH'

async function sourcesOf(servers: ExportDeps['servers'], page: readonly McpServer[]): Promise<readonly ExportSource[]> {
  const ids = page.filter(hasOAuth).map(({ id }) => id)
  const configs = ids.length === 0 ? undefined : await servers.oauthConfigs(ids)
  return page.map((server) => toExportSource(server, configs?.get(server.id)))
}

/** @throws INVALID_INPUT, LIMIT_EXCEEDED */
async function selectServers(servers: ExportDeps['servers'], filter: ServerFilter): Promise<readonly ExportSource[]> {
  const found: ExportSource[] = []
  for (let after: string | undefined; ; ) {
    const { edges, pageInfo } = await servers.list({ first: 100, filter, ...(after === undefined ? {} : { after }) })
    found.push(
      ...(await sourcesOf(
        servers,
        edges.map(({ node }) => node),
      )),
    )
    if (found.length > maxServers) {
      const message = `expected at most ${maxServers} servers, got more: filter them`
      throw new RegistryError('LIMIT_EXCEEDED', message, { path: ['filter'] })
    }
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return found
    after = pageInfo.endCursor
  }
}

export function createExport({ servers, options }: ExportDeps): ConfigFilesApi['export'] {
  const { timeouts: defaults } = options
  return async ({ format: formatName, filter = {} }) => {
    const format = Object.hasOwn(formats, formatName) ? formats[formatName] : undefined
    if (!format) throw invalidInput(['format'], `format: expected one of ${Object.keys(formats).join(', ')}`)
    const found = await selectServers(servers, filter)
    const skipped: { name: string; reason: string }[] = []
    const written: { source: ExportSource; exported: ExportedServer }[] = []
    const ownNameOf = createVariableNames(found.flatMap(secretsOf))
    // A client that cannot rename variables passes each on under the name that the child knows.
    const nameOf = (placed: PlacedEntry) =>
      format.keepsEnvNames && placed.place === 'ENV' ? { name: placed.entry.name, isEnv: true } : ownNameOf(placed)
    for (const source of found) {
      const exported = toExported(source, format, defaults, nameOf)
      const reason = refusalOf(exported, format)
      if (reason === undefined) written.push({ source, exported })
      else skipped.push({ name: exported.name, reason })
    }
    const exported = written.map((each) => each.exported)
    return {
      text: format.write(exported),
      variables: describeVariables(exported),
      skipped,
      omitted: written.flatMap(({ source, exported }) => {
        const members = omittedOf(source, exported, format, defaults)
        return members.length > 0 ? [{ name: exported.name, members }] : []
      }),
    }
  }
}
