import { stringify } from 'smol-toml'
import { invalidInput } from '../../base/errors.ts'
import type { ClientFormat, ExportedServer, FoundConfig, FoundOAuth, FoundServer } from './client-format.ts'
import { type Members, membersOf, unexpected } from './members.ts'
import { noOAuthMembers, readOAuthBlock } from './oauth-block.ts'
import { namedEntries, presentText } from './server-entry.ts'
import { isVariable, type VariableText, withoutVariables, writeText } from './variable-text.ts'

/** A variable of the environment, which Codex names in a member of its own: it fills in nothing within a text. */
const named = (name: string): VariableText => [{ name, fallback: null }]

/** Variables that are passed on under the same name: `["NAME", { name = "NAME", source = "local" }]`. */
function passedOn(members: Members): readonly string[] {
  return members.list('env_vars').map((item, index) => {
    const at = [...members.path, 'env_vars', String(index)]
    const name = typeof item === 'string' ? item : membersOf(item, at).text('name')
    if (name === undefined) throw unexpected(at, 'the name of a variable', item)
    return name
  })
}

function readConfig(members: Members, oauth: FoundOAuth | undefined): FoundConfig {
  const command = presentText(members, 'command')
  const url = presentText(members, 'url')
  if (command !== undefined && url !== undefined) {
    throw invalidInput(members.path, 'expected either command or url, got both')
  }
  if (command !== undefined) {
    const cwd = presentText(members, 'cwd')
    const literal = members.pairs('env').map(([name, text]) => ({ name, value: withoutVariables(text) }))
    const passed = passedOn(members).filter((name) => !literal.some((pair) => pair.name === name))
    return {
      transport: 'stdio',
      command: withoutVariables(command),
      args: members.texts('args').map((text) => ({ value: withoutVariables(text) })),
      env: [...literal, ...passed.map((name) => ({ name, value: named(name) }))],
      cwd: cwd === undefined ? null : withoutVariables(cwd),
    }
  }
  if (url === undefined) throw invalidInput(members.path, 'needs one of: command, url')
  const bearer = members.text('bearer_token_env_var')
  const inline = members.text('bearer_token')
  const token = bearer === undefined ? inline && withoutVariables(inline) : named(bearer)
  return {
    transport: 'streamableHttp',
    serverUrl: withoutVariables(url),
    headers: [
      ...members.pairs('http_headers').map(([name, text]) => ({ name, value: withoutVariables(text) })),
      ...members.pairs('env_http_headers').map(([name, variable]) => ({ name, value: named(variable) })),
    ],
    auth: token ? { header: 'Authorization', token } : null,
    oauth,
  }
}

/** Reads `oauth`, which has the client, and `scopes` beside it. */
function readOAuth(members: Members) {
  const scopes = members.has('scopes') ? members.texts('scopes').map(withoutVariables) : null
  const block = readOAuthBlock(members, withoutVariables)
  if (!block && scopes === null) return undefined
  const { oauth = noOAuthMembers, names = {}, ignored = [] } = block ?? {}
  const scopesName: Readonly<Record<string, string>> = scopes === null ? {} : { 'oauth.scopes': 'scopes' }
  return { oauth: { ...oauth, scopes: scopes ?? oauth.scopes }, names: { ...names, ...scopesName }, ignored }
}

function readEntry(value: unknown, path: readonly string[]): FoundServer {
  const members = membersOf(value, path)
  const startSeconds = members.number('startup_timeout_sec')
  const startMs = members.number('startup_timeout_ms')
  const toolSeconds = members.number('tool_timeout_sec')
  const connectMs = startSeconds === undefined ? startMs : startSeconds * 1_000
  const block = members.has('url') ? readOAuth(members) : undefined
  const shared = {
    description: null,
    enabled: members.boolean('enabled'),
    timeouts: {
      ...(connectMs === undefined ? {} : { connectMs }),
      ...(toolSeconds === undefined ? {} : { requestMs: toolSeconds * 1_000 }),
    },
    names: {
      serverUrl: 'url',
      headers: 'http_headers',
      connectMs: startSeconds === undefined ? 'startup_timeout_ms' : 'startup_timeout_sec',
      requestMs: 'tool_timeout_sec',
      ...block?.names,
    },
  }
  const config = readConfig(members, block?.oauth)
  return { ...shared, config, ignored: [...members.others(), ...(block?.ignored ?? [])] }
}

/** Codex takes fractions of seconds. */
const seconds = (ms: number) => ms / 1_000

function writeEntry({ config, enabled, timeouts }: ExportedServer): Record<string, unknown> {
  const rest = {
    ...(enabled ? {} : { enabled: false }),
    ...(timeouts.connectMs === undefined ? {} : { startup_timeout_sec: seconds(timeouts.connectMs) }),
    ...(timeouts.requestMs === undefined ? {} : { tool_timeout_sec: seconds(timeouts.requestMs) }),
  }
  if (config.transport === 'stdio') {
    const { command, args, env, cwd } = config
    return {
      command,
      args: args.map((text) => writeText(text, ({ name }) => name)),
      ...(env.length > 0 ? { env_vars: env.map(({ name }) => name) } : {}),
      ...(cwd === null ? {} : { cwd }),
      ...rest,
    }
  }
  const { serverUrl, headers, auth, oauth } = config
  const isBearer = auth?.name.toLowerCase() === 'authorization'
  const named = auth && !isBearer ? [...headers, auth] : headers
  const { clientId = null, scopes = null } = oauth ?? {}
  return {
    url: serverUrl,
    ...(oauth && (clientId !== null || scopes === null)
      ? { oauth: clientId === null ? {} : { client_id: clientId } }
      : {}),
    ...(scopes === null ? {} : { scopes }),
    ...(auth && isBearer ? { bearer_token_env_var: auth.variable } : {}),
    ...(named.length > 0
      ? { env_http_headers: Object.fromEntries(named.map(({ name, variable }) => [name, variable])) }
      : {}),
    ...rest,
  }
}

/** `[mcp_servers.NAME]` of Codex's `config.toml`, which has much else. */
export const codexToml: ClientFormat = {
  name: 'CODEX_TOML',
  sign: '[mcp_servers.NAME] in TOML',
  syntax: 'TOML',
  read(document) {
    const servers = membersOf(document, []).any('mcp_servers') ?? {}
    return { entries: namedEntries(servers, ['mcp_servers'], readEntry), variables: new Map() }
  },
  holds: new Set(['connectMs', 'requestMs', 'cwd', 'enabled']),
  oauth: { members: new Set(['clientId', 'scopes']), needsClientId: false },
  variablesIn: withoutVariables,
  keepsEnvNames: true,
  refusal({ config }) {
    if (config.transport === 'sse') return 'Codex does not support SSE'
    const hasTemplate = config.transport === 'stdio' && config.args.some((text) => text.some(isVariable))
    return hasTemplate ? 'it has templates in its args, which Codex does not fill in' : undefined
  },
  write: (servers) =>
    stringify({ mcp_servers: Object.fromEntries(servers.map((server) => [server.name, writeEntry(server)])) }),
}
