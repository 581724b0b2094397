import { invalidInput, RegistryError } from '../../base/errors.ts'
import type { ServerFilter } from '../../model/filters.ts'
import type { McpServer, McpTimeouts } from '../../model/server.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ConfigFilesApi } from '../api.ts'
import type { ClientFormat, ExportedServer, OptionalMember } from '../formats/client-format.ts'
import { formats } from '../formats/formats.ts'
import { doubleBraces, isVariable, type VariableText } from '../formats/variable-text.ts'
import type { ImportVariable } from '../import/required-variables.ts'
import { createVariableNames, type PlacedEntry } from './variable-names.ts'

const maxServers = 1_000

export interface ExportDeps {
  readonly servers: Pick<ServerControl, 'list'>
  readonly options: { readonly timeouts: McpTimeouts }
}

function secretsOf(server: McpServer): readonly PlacedEntry[] {
  if (server.transport === 'stdio') return server.env.map((entry) => ({ server, entry, place: 'ENV' }))
  const headers = server.customHeaders.map((entry): PlacedEntry => ({ server, entry, place: 'HEADER' }))
  return server.auth ? [...headers, { server, entry: server.auth.token, place: 'AUTH' }] : headers
}

/** What the client would take for variables of its own stands in no text that it gets as it is. */
function isReadOtherwise({ config }: ExportedServer, { variablesIn }: ClientFormat): boolean {
  const texts =
    config.transport === 'stdio' ? [config.command, config.cwd ?? '', ...config.args.flat()] : [config.serverUrl]
  return texts.some((text) => typeof text === 'string' && variablesIn(text).some(isVariable))
}

function withoutTemplate(text: string): VariableText {
  return doubleBraces(text).map((part) => (isVariable(part) ? { name: part.name, fallback: part.fallback } : part))
}

export function createExport({ servers, options }: ExportDeps): ConfigFilesApi['export'] {
  const { timeouts: defaults } = options

  async function selected(filter: ServerFilter): Promise<readonly McpServer[]> {
    const found: McpServer[] = []
    for (let after: string | undefined; ; ) {
      const { edges, pageInfo } = await servers.list({ first: 100, filter, ...(after === undefined ? {} : { after }) })
      found.push(...edges.map(({ node }) => node))
      if (found.length > maxServers) {
        throw new RegistryError('LIMIT_EXCEEDED', `expected at most ${maxServers} servers, got more: filter them`, {
          path: ['filter'],
        })
      }
      if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return found
      after = pageInfo.endCursor
    }
  }

  function toExported(
    server: McpServer,
    { leastRequestMs = 1 }: ClientFormat,
    secret: (placed: PlacedEntry) => { name: string; isEnv: boolean },
  ): ExportedServer {
    const { name, description, enabled, timeouts, serverInfo } = server
    const secrets = secretsOf(server).map((placed) => {
      const { name: variable, isEnv } = secret(placed)
      return { place: placed.place, written: { name: placed.entry.name, variable, isEnv } }
    })
    const at = (place: PlacedEntry['place']) =>
      secrets.filter((each) => each.place === place).map(({ written }) => written)
    const changed = (key: 'connectMs' | 'requestMs', least = 1) =>
      timeouts[key] === defaults[key] || timeouts[key] < least ? {} : { [key]: timeouts[key] }
    const shared = {
      name,
      description,
      enabled,
      version: serverInfo?.version || '0.0.0',
      timeouts: { ...changed('connectMs'), ...changed('requestMs', leastRequestMs) },
    }
    if (server.transport === 'stdio') {
      const { command, args, cwd } = server
      return {
        ...shared,
        config: { transport: 'stdio', command, args: args.map(withoutTemplate), env: at('ENV'), cwd },
      }
    }
    const [auth = null] = at('AUTH')
    const { transport, serverUrl } = server
    return { ...shared, config: { transport, serverUrl, headers: at('HEADER'), auth } }
  }

  /** Members that are said of the server and not in the text. */
  function omittedOf(server: McpServer, exported: ExportedServer, format: ClientFormat): readonly string[] {
    const { holds, leastRequestMs = 1 } = format
    const isLost = (member: OptionalMember, isSaid: boolean) => (isSaid && !holds.has(member) ? [member] : [])
    const { requestMs } = server.timeouts
    const isTooShort = requestMs !== defaults.requestMs && requestMs < leastRequestMs
    const longerTotal = Math.max(defaults.maxTotalMs, exported.timeouts.requestMs ?? 0)
    return [
      ...isLost('description', exported.description !== null),
      ...isLost('connectMs', exported.timeouts.connectMs !== undefined),
      ...isLost('requestMs', exported.timeouts.requestMs !== undefined),
      ...(isTooShort ? ['requestMs'] : []),
      ...isLost('cwd', exported.config.transport === 'stdio' && exported.config.cwd !== null),
      ...(server.timeouts.maxTotalMs === longerTotal ? [] : ['maxTotalMs']),
      ...(server.labels.length === 0 ? [] : ['labels']),
      ...(server.refreshIntervalMs === null ? [] : ['refreshIntervalMs']),
      ...(server.toolChangePolicy === 'ACCEPT' ? [] : ['toolChangePolicy']),
    ]
  }

  return async ({ format: formatName, filter = {} }) => {
    const format = Object.hasOwn(formats, formatName) ? formats[formatName] : undefined
    if (!format) throw invalidInput(['format'], `format: expected one of ${Object.keys(formats).join(', ')}`)
    const found = await selected(filter)
    const skipped: { name: string; reason: string }[] = []
    const written: { server: McpServer; exported: ExportedServer }[] = []
    const nameOf = createVariableNames(found.flatMap(secretsOf))
    // Where the client has no name of its own for it, the variable is called as the child knows it.
    const secret = (placed: PlacedEntry) =>
      format.keepsEnvNames && placed.place === 'ENV' ? { name: placed.entry.name, isEnv: true } : nameOf(placed)
    for (const server of found) {
      const exported = toExported(server, format, secret)
      const reason =
        !server.enabled && !format.holds.has('enabled')
          ? 'it is disabled, which the format cannot say'
          : isReadOtherwise(exported, format)
            ? 'it has a text that the client would take for a variable'
            : format.refusal(exported)
      if (reason === undefined) written.push({ server, exported })
      else skipped.push({ name: server.name, reason })
    }
    return {
      text: format.write(written.map(({ exported }) => exported)),
      variables: describeVariables(written.map(({ exported }) => exported)),
      skipped,
      omitted: written.flatMap(({ server, exported }) => {
        const members = omittedOf(server, exported, format)
        return members.length > 0 ? [{ name: server.name, members }] : []
      }),
    }
  }
}

/** Each once, and whose it is. */
function describeVariables(servers: readonly ExportedServer[]): readonly ImportVariable[] {
  const secrets = servers.flatMap(({ name: server, config }) => {
    const all = config.transport === 'stdio' ? config.env : [...config.headers, ...(config.auth ? [config.auth] : [])]
    return all.map(({ variable, name }) => ({ variable, use: `${name} of ${server}` }))
  })
  const byName = Map.groupBy(secrets, ({ variable }) => variable)
  const inSecrets = [...byName].map(([name, uses]) => ({
    name,
    description: uses.map(({ use }) => use).join(', '),
    required: true,
    secret: true,
    default: null,
  }))
  const inArgs = new Map<string, ImportVariable>()
  for (const { name: server, config } of servers) {
    for (const part of config.transport === 'stdio' ? config.args.flat() : []) {
      if (!isVariable(part) || byName.has(part.name)) continue
      const description = `in the args of ${server}`
      const { name, fallback } = part
      inArgs.set(name, { name, description, required: fallback === null, secret: false, default: fallback })
    }
  }
  return [...inSecrets, ...inArgs.values()]
}
