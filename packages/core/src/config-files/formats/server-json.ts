import { invalidInput } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientFormat, ExportedServer, FoundConfig, FoundEntry, FoundServer } from './client-format.ts'
import { type Members, membersOf, unexpected } from './members.ts'
import { authValue, toJsonText } from './server-entry.ts'
import { type Declarations, inputText, templateText, writeSingleBraces, writeVariables } from './server-json-inputs.ts'
import { isSupported, packageCommand, readPackage, writePackage } from './server-json-package.ts'
import { withoutVariables } from './variable-text.ts'

const schemaUrl = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'
const remoteTypes = { 'streamable-http': 'streamableHttp', sse: 'sse' } as const

function readRemote(declarations: Declarations, remote: Members): FoundConfig {
  const url = remote.text('url')
  if (url === undefined) throw invalidInput([...remote.path, 'url'], 'url: expected a URL, got none')
  const template = templateText(declarations, url, remote.any('variables'), [...remote.path, 'variables'])
  const headers = remote.list('headers').map((item, index) => {
    const input = membersOf(item, [...remote.path, 'headers', String(index)])
    const name = input.text('name')
    if (name === undefined) throw invalidInput([...input.path, 'name'], 'name: expected the name of a header, got none')
    return { name, ...inputText(declarations, input, name) }
  })
  const type = remote.text('type')
  const transport = type === 'sse' ? remoteTypes.sse : remoteTypes['streamable-http']
  return { transport, serverUrl: template.value, headers, auth: null }
}

const items = (owner: Members, key: string) =>
  owner.list(key).map((item, index) => membersOf(item, [...owner.path, key, String(index)]))

/** Prefers remotes, which run nothing here, to packages, and Streamable HTTP to SSE. */
function readConfig(declarations: Declarations, server: Members): FoundConfig {
  const remotes = items(server, 'remotes')
  const packages = items(server, 'packages')
  const remote = (['streamable-http', 'sse'] as const)
    .map((type) => remotes.find((each) => each.text('type') === type))
    .find((each) => each !== undefined)
  if (remote) return readRemote(declarations, remote)
  const runnable = packages.find((each) => {
    const transport = each.object('transport')?.text('type') ?? 'stdio'
    return transport === 'stdio' && isSupported(each.text('registryType'))
  })
  const chosen = runnable ?? packages[0]
  if (chosen) return readPackage(declarations, chosen)
  throw invalidInput(server.path, 'needs one of: a remote of type streamable-http or sse, a package')
}

function found(declarations: Declarations, value: unknown, path: readonly string[]): FoundEntry {
  // The registry's API wraps the server, with its own data beside it.
  const isWrapped = isJsonObject(value) && isJsonObject(value.server)
  const [document, at] = isWrapped ? [value.server, [...path, 'server']] : [value, path]
  const fullName = isJsonObject(document) && typeof document.name === 'string' ? document.name : undefined
  const read = (): FoundServer => {
    if (fullName === undefined) {
      throw unexpected([...at, 'name'], 'the name of the server', isJsonObject(document) ? document.name : document)
    }
    const server = membersOf(document, at)
    const config = readConfig(declarations, server)
    const description = server.text('description') ?? null
    return { config, description, enabled: undefined, timeouts: {}, ignored: [], names: { serverUrl: 'url' } }
  }
  return { name: fullName?.slice(fullName.lastIndexOf('/') + 1) ?? '', path: at, read }
}

function writeServer(server: ExportedServer): object {
  const { name, description, version, config } = server
  const command = packageCommand(server)
  return {
    $schema: schemaUrl,
    name: `local.toolyard/${name}`,
    description: (description ?? name).slice(0, 100),
    version,
    ...(command ? { packages: [writePackage(command, server)] } : {}),
    ...(config.transport === 'stdio' ? {} : { remotes: [writeRemote(config)] }),
  }
}

type HttpConfig = Exclude<ExportedServer['config'], { readonly transport: 'stdio' }>

function writeRemote({ transport, serverUrl, headers, auth }: HttpConfig): object {
  const all = auth ? [...headers, auth] : headers
  const written = all.map((secret) => {
    const variable = { name: secret.variable, fallback: null }
    const place = writeSingleBraces(variable)
    const value = secret === auth ? authValue(secret.name, place) : place
    return { name: secret.name, value, ...writeVariables([variable], true) }
  })
  const type = transport === 'sse' ? 'sse' : 'streamable-http'
  return { type, url: serverUrl, ...(written.length > 0 ? { headers: written } : {}) }
}

/**
 * `server.json` of the official registry: one, a list of them, or an answer of its API (`{ server, _meta }`, `{ servers }`).
 * Its entries declare the variables that a user fills in to install the server.
 */
export const serverJson: ClientFormat = {
  name: 'SERVER_JSON',
  sign: 'name with packages or remotes',
  syntax: 'JSON',
  read(document) {
    const variables: Declarations = new Map()
    if (Array.isArray(document)) {
      return { entries: document.map((value: unknown, index) => found(variables, value, [String(index)])), variables }
    }
    const { servers } = isJsonObject(document) ? document : {}
    if (Array.isArray(servers)) {
      const entries = servers.map((value: unknown, index) => found(variables, value, ['servers', String(index)]))
      return { entries, variables }
    }
    return { entries: [found(variables, document, [])], variables }
  },
  holds: new Set(['description']),
  variablesIn: withoutVariables,
  keepsEnvNames: true,
  refusal(server) {
    if (!/^[A-Za-z0-9._-]{1,180}$/.test(server.name)) {
      return 'server.json takes letters, digits, dots, dashes and underscores for a name'
    }
    const isPackage = server.config.transport !== 'stdio' || packageCommand(server) !== undefined
    return isPackage ? undefined : 'server.json has packages: expected npx NAME@VERSION or uvx NAME@VERSION'
  },
  write(servers) {
    const [first, ...others] = servers.map(writeServer)
    if (others.length === 0 && first) return toJsonText(first)
    return toJsonText({ servers: servers.map((server) => ({ server: writeServer(server) })) })
  },
}
