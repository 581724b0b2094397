// Parses server configurations, and converts them to the library's.
import type {
  CreateServerInput,
  McpServer,
  ServerConfigInput,
  ServerConfigPatch,
  UpdateServerInput,
} from '@toolyard/core'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

/** Replaces a secret in an answer. If the client sends it back, the secret is kept. */
export const mask = '********'

const url = z.url({ protocol: /^https?$/, error: 'expected an absolute http(s) URL' })
const text = z.string()
const secret = text.refine((value) => value !== mask, 'expected the secret itself, got its mask')

const created = {
  http: {
    server_url: url,
    auth_header: text.nullish(),
    auth_token: secret.nullish(),
    custom_headers: z.record(text, secret).nullish(),
  },
  stdio: { command: text, args: z.array(text), env: z.record(text, secret).nullish() },
}
const createConfig = z.discriminatedUnion('mcp_server_type', [
  z.strictObject({ mcp_server_type: z.literal('stdio'), ...created.stdio }),
  z.strictObject({ mcp_server_type: z.literal('sse'), ...created.http }),
  z.strictObject({ mcp_server_type: z.literal('streamable_http'), ...created.http }),
])
export const createBody = z.strictObject({ server_name: text, config: createConfig })

const updated = {
  http: {
    server_url: url.nullish(),
    auth_header: text.nullish(),
    auth_token: text.nullish(),
    custom_headers: z.record(text, text).nullish(),
  },
  stdio: { command: text.nullish(), args: z.array(text).nullish(), env: z.record(text, text).nullish() },
}
const updateConfig = z.discriminatedUnion('mcp_server_type', [
  z.strictObject({ mcp_server_type: z.literal('stdio'), ...updated.stdio }),
  z.strictObject({ mcp_server_type: z.literal('sse'), ...updated.http }),
  z.strictObject({ mcp_server_type: z.literal('streamable_http'), ...updated.http }),
])
export const updateBody = z.strictObject({ server_name: text.nullish(), config: updateConfig.nullish() })

type CreateConfig = z.output<typeof createConfig>
type UpdateConfig = z.output<typeof updateConfig>
type HttpUpdate = Exclude<UpdateConfig, { mcp_server_type: 'stdio' }>

function transportOf(config: { readonly mcp_server_type: 'sse' | 'streamable_http' }) {
  return config.mcp_server_type === 'sse' ? 'sse' : 'streamableHttp'
}

function toConfig(config: CreateConfig): ServerConfigInput {
  if (config.mcp_server_type === 'stdio') {
    const { command, args, env } = config
    return { transport: 'stdio', command, args, env: env ?? {} }
  }
  const { server_url: serverUrl, auth_header: header, auth_token: token, custom_headers: customHeaders } = config
  // As in the seed system, a header without a token does not count as authentication.
  const auth = token ? { token, ...(header ? { header } : {}) } : null
  return { transport: transportOf(config), serverUrl, auth, customHeaders: customHeaders ?? {} }
}

export function toCreateInput({ server_name: name, config }: z.output<typeof createBody>): CreateServerInput {
  return { name, config: toConfig(config) }
}

/** Replaces all pairs by `given`: returns the pairs to set and the names to remove. */
function replacePairs(
  place: string,
  given: Readonly<Record<string, string>>,
  current: readonly { readonly name: string }[],
  fold: (name: string) => string = (name) => name,
) {
  const stored = new Set(current.map(({ name }) => fold(name)))
  const kept = new Set(Object.keys(given).map(fold))
  const set = Object.entries(given).filter(([name, value]) => {
    if (value !== mask) return true
    if (stored.has(fold(name))) return false
    throw new HTTPException(422, {
      message: `body.config.${place}.${name}: got the mask of a secret that is not there`,
    })
  })
  return {
    set: Object.fromEntries(set),
    unset: current.map(({ name }) => name).filter((name) => !kept.has(fold(name))),
  }
}

/** Undefined keeps the token, null removes it. */
function toAuth({ auth_header: header, auth_token: token }: HttpUpdate, server: McpServer) {
  const auth = server.transport === 'stdio' ? null : server.auth
  // The seed's API has no OAuth.
  const stored = auth?.type === 'HEADER' ? auth.header : undefined
  if (token === '') return null
  if (token != null && token !== mask) return { token, header: header ?? stored ?? 'Authorization' }
  if (token === mask && stored === undefined) {
    throw new HTTPException(422, { message: 'body.config.auth_token: got the mask of a secret that is not there' })
  }
  if (header == null || header === stored) return undefined
  throw new HTTPException(422, { message: 'body.config.auth_token: expected the token along with another auth_header' })
}

function toPatch(config: UpdateConfig, server: McpServer): ServerConfigPatch {
  if (config.mcp_server_type === 'stdio') {
    const { command, args, env } = config
    const pairs = env && replacePairs('env', env, server.transport === 'stdio' ? server.env : [])
    return {
      transport: 'stdio',
      ...(command == null ? {} : { command }),
      ...(args == null ? {} : { args }),
      ...(pairs ? { setEnv: pairs.set, unsetEnv: pairs.unset } : {}),
    }
  }
  const { server_url: serverUrl, custom_headers: headers } = config
  const current = server.transport === 'stdio' ? [] : server.customHeaders
  const pairs = headers && replacePairs('custom_headers', headers, current, (name) => name.toLowerCase())
  const auth = toAuth(config, server)
  return {
    transport: transportOf(config),
    ...(serverUrl == null ? {} : { serverUrl }),
    ...(auth === undefined ? {} : { auth }),
    ...(pairs ? { setHeaders: pairs.set, unsetHeaders: pairs.unset } : {}),
  }
}

/** Keeps fields that are null or omitted. The revision ensures that a mask stands for the secret that the client saw. */
export function toUpdateInput(body: z.output<typeof updateBody>, server: McpServer): UpdateServerInput {
  return {
    expectedRevision: server.revision,
    ...(body.server_name == null ? {} : { name: body.server_name }),
    ...(body.config == null ? {} : { config: toPatch(body.config, server) }),
  }
}
