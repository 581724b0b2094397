import { hash } from 'node:crypto'
import { canonicalDigest } from '../canonical-json.ts'
import { invalidInput } from '../errors.ts'
import { isReservedHeader } from './reserved-headers.ts'
import type { McpTimeouts, SecretPair, ServerConfig, ServerRecord } from './server.ts'

/** A configuration with its templates filled and its auth turned into a header: what a dial needs, secrets in clear. */
export type ResolvedConfig = ResolvedStdioConfig | ResolvedHttpConfig

export interface ResolvedStdioConfig {
  readonly transport: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly SecretPair[]
  readonly cwd: string | null
}

export interface ResolvedHttpConfig {
  readonly transport: 'sse' | 'streamableHttp'
  readonly serverUrl: string
  readonly headers: readonly SecretPair[]
}

/** What a caller brings along for one refresh or run. */
export interface CallerContext {
  /** Fill `{{ NAME }}` and `{{ NAME | default }}` in tokens, headers, env values and args. */
  readonly variables?: Readonly<Record<string, string>>
  /** Reaches HTTP servers as the header `X-Agent-Id`. */
  readonly agentId?: string
  /** Deadlines for this one alone; of the server's and these the shortest wins. */
  readonly timeouts?: Partial<McpTimeouts>
}

const template = /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:\|([^}]*))?\}\}/g

/** Names of the variables without a default that the configuration's templates ask for, each once. */
export function requiredVariables(config: ServerConfig): readonly string[] {
  const names = templated(config).flatMap((text) =>
    [...text.matchAll(template)].flatMap(([, name, fallback]) =>
      name === undefined || fallback !== undefined ? [] : [name],
    ),
  )
  return [...new Set(names)]
}

function templated(config: ServerConfig): readonly string[] {
  if (config.transport === 'stdio') return [...config.args, ...config.env.map(({ value }) => value)]
  return [...config.headers.map(({ value }) => value), ...(config.auth ? [config.auth.token] : [])]
}

/** RFC 6750 section 2.1: a bare token in Authorization is sent as a bearer token; one with a scheme as it is. */
function authHeader(header: string, token: string): SecretPair {
  const needsScheme =
    header.toLowerCase() === 'authorization' && !/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*\s+\S/.test(token)
  return { name: header, value: needsScheme ? `Bearer ${token}` : token }
}

/** Fills the templates. Throws INVALID_INPUT naming every variable that has no value; values are never quoted. */
export function resolveConfig(config: ServerConfig, { variables = {}, agentId }: CallerContext): ResolvedConfig {
  const missing = requiredVariables(config).filter((name) => !Object.hasOwn(variables, name))
  if (missing.length > 0) {
    throw invalidInput(
      ['variables'],
      `The server's configuration needs a value for ${missing.map((name) => `{{ ${name} }}`).join(', ')}; pass it in variables`,
    )
  }
  const fill = (text: string) =>
    text.replace(template, (_, name: string, fallback: string | undefined) =>
      // Object.hasOwn: a template called constructor must not find Object's.
      Object.hasOwn(variables, name) ? (variables[name] ?? '') : (fallback ?? '').trim(),
    )
  const fillPair = ({ name, value }: SecretPair) => ({ name, value: fill(value) })
  if (config.transport === 'stdio') {
    const { transport, command, cwd } = config
    return { transport, command, cwd, args: config.args.map(fill), env: config.env.map(fillPair) }
  }
  const headers = config.headers.map(fillPair)
  if (config.auth) headers.push(authHeader(config.auth.header, fill(config.auth.token)))
  if (agentId !== undefined) headers.push({ name: 'X-Agent-Id', value: agentId })
  for (const { name, value } of headers) {
    // Stored by a version that took it.
    if (isReservedHeader(name)) {
      throw invalidInput(['config'], `The header ${name} is one that requests to the server set themselves; remove it`)
    }
    if (!isHeaderValue(value)) {
      throw invalidInput(['variables'], `The header ${name} would get a value that HTTP forbids (RFC 9110 section 5.5)`)
    }
  }
  return { transport: config.transport, serverUrl: config.serverUrl, headers }
}

/** RFC 9110 section 5.5: visible characters, spaces and tabs; no control characters; within Latin-1, as fetch sends it. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
}

/** Sessions are shared by callers with the same key: the same server and revision, reached with the same credentials. */
export function sessionKey(record: ServerRecord, resolved: ResolvedConfig): string {
  // Of one revision, resolveConfig gives the members in one order.
  return `${record.id}:${record.revision}:${hash('sha256', JSON.stringify(resolved))}`
}

/** A digest of the configuration without its secrets: names of env variables and headers count, values do not. */
export function configFingerprint(config: ServerConfig): string {
  if (config.transport === 'stdio') return canonicalDigest({ ...config, env: config.env.map(({ name }) => name) })
  return canonicalDigest({
    ...config,
    auth: config.auth?.header ?? null,
    headers: config.headers.map(({ name }) => name),
  })
}
