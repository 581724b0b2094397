import { hash } from 'node:crypto'
import { canonicalDigest } from '../base/canonical-json.ts'
import { invalidInput } from '../base/errors.ts'
import { connectionSecretsOf, type SecretPlace } from './config-secrets.ts'
import { mapOAuthSecrets } from './oauth-secrets.ts'
import { isReservedHeader } from './reserved-headers.ts'
import { secretVariables } from './secret-value.ts'
import type { McpTimeouts, ServerConfig, ServerRecord } from './server.ts'
import { fillTemplates, mergeVariables, type TemplateVariable, variablesOf } from './templates.ts'

/** A configuration with its secrets opened, its templates filled and its auth turned into a header: what a dial needs. */
export type ResolvedConfig = ResolvedStdioConfig | ResolvedHttpConfig

/** A name with a plaintext value. */
export interface PlaintextPair {
  readonly name: string
  readonly value: string
}

export interface ResolvedStdioConfig {
  readonly transport: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly PlaintextPair[]
  readonly cwd: string | null
}

export interface ResolvedHttpConfig {
  readonly transport: 'sse' | 'streamableHttp'
  readonly serverUrl: string
  readonly headers: readonly PlaintextPair[]
}

/** The context of a caller for one refresh or run. */
export interface CallerContext {
  /** Fills `{{ NAME }}` and `{{ NAME | default }}` in args, and in literal tokens, headers and env values. */
  readonly variables?: Readonly<Record<string, string>>
  /** Sent to HTTP servers as the header `X-Agent-Id`. */
  readonly agentId?: string
  /** Deadlines for this job alone; the shorter of the server's and these applies. */
  readonly timeouts?: Partial<McpTimeouts>
}

/** By configuration, as each run needs them: a configuration stays the same object while it is current. */
const knownVariables = new WeakMap<ServerConfig, readonly TemplateVariable[]>()

/** The variables of the templates of a configuration, each once. Opens no secret. OAuth has no templates. */
export function configVariables(config: ServerConfig): readonly TemplateVariable[] {
  const known = knownVariables.get(config) ?? findVariables(config)
  knownVariables.set(config, known)
  return known
}

function findVariables(config: ServerConfig): readonly TemplateVariable[] {
  const inArgs = config.transport === 'stdio' ? variablesOf(config.args) : []
  return mergeVariables([...inArgs, ...connectionSecretsOf(config).flatMap(({ value }) => secretVariables(value))])
}

const unfit = (header: string) =>
  invalidInput(
    ['variables'],
    `The header ${header} would get a value that HTTP forbids (RFC 9110 section 5.5): change its variables`,
  )

/**
 * Checks a caller's context against the configuration. Throws INVALID_INPUT naming every variable without a value, and for
 * a value that is invalid in a header or for a child process; values are never quoted.
 */
export function assertContext(config: ServerConfig, { variables = {}, agentId }: CallerContext): void {
  const used = configVariables(config)
  const missing = used.filter(({ name, isRequired }) => isRequired && !Object.hasOwn(variables, name))
  if (missing.length > 0) {
    const names = missing.map(({ name }) => `{{ ${name} }}`).join(', ')
    throw invalidInput(['variables'], `The server's configuration needs a value for ${names}; pass it in variables`)
  }
  const given = ({ name }: TemplateVariable) => (Object.hasOwn(variables, name) ? (variables[name] ?? '') : '')
  if (config.transport === 'stdio') {
    const broken = used.find((variable) => given(variable).includes('\0'))
    if (broken) throw invalidInput(['variables'], `${broken.name}: expected no NUL character`)
    return
  }
  for (const { name, value } of connectionSecretsOf(config)) {
    // Stored by a version that accepted it.
    if (isReservedHeader(name)) {
      throw invalidInput(
        ['config'],
        `The header ${name} is reserved for the MCP client; remove it from the configuration`,
      )
    }
    // The text around the templates was checked when it was stored.
    if (!secretVariables(value).every((variable) => isHeaderValue(given(variable)))) throw unfit(name)
  }
  if (agentId !== undefined && !isHeaderValue(agentId)) throw unfit('X-Agent-Id')
}

/** RFC 6750 section 2.1: a bare token in Authorization is sent as a bearer token; one with a scheme as it is. */
function authHeader(header: string, token: string): PlaintextPair {
  const needsScheme =
    header.toLowerCase() === 'authorization' && !/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*\s+\S/.test(token)
  return { name: header, value: needsScheme ? `Bearer ${token}` : token }
}

/** Resolves a configuration for a dial. `secrets` are plaintext, with filled templates. Throws INVALID_INPUT. */
export function resolveConfig(
  config: ServerConfig,
  secrets: ReadonlyMap<SecretPlace, string>,
  { variables = {}, agentId }: CallerContext,
): ResolvedConfig {
  const plaintext = connectionSecretsOf(config).map(({ name, place }) => ({
    name,
    place,
    value: secrets.get(place) ?? '',
  }))
  if (config.transport === 'stdio') {
    const { transport, command, cwd } = config
    const args = config.args.map((arg) => fillTemplates(arg, variables))
    return { transport, command, cwd, args, env: plaintext.map(({ name, value }) => ({ name, value })) }
  }
  const headers = plaintext.map(({ name, place, value }) =>
    place === 'auth' ? authHeader(name, value) : { name, value },
  )
  if (agentId !== undefined) headers.push({ name: 'X-Agent-Id', value: agentId })
  for (const { name, value } of headers) {
    if (!isHeaderValue(value)) throw unfit(name)
  }
  return { transport: config.transport, serverUrl: config.serverUrl, headers }
}

/** RFC 9110 section 5.5: visible characters, spaces and tabs; no control characters; within Latin-1, as fetch sends it. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
}

/**
 * The key by which callers share a session: the same server and revision, reached with the same credentials. It is made of
 * their inputs, so that no secret is opened for it.
 */
export function sessionKey({ id, revision, config }: ServerRecord, { variables = {}, agentId }: CallerContext): string {
  const used = configVariables(config).flatMap(({ name }) =>
    Object.hasOwn(variables, name) ? [[name, variables[name]]] : [],
  )
  // Only HTTP servers receive the agent.
  const agent = config.transport === 'stdio' ? undefined : agentId
  if (used.length === 0 && agent === undefined) return `${id}:${revision}`
  return `${id}:${revision}:${hash('sha256', JSON.stringify([used, agent ?? null]))}`
}

/**
 * A digest of the configuration without its secrets: names of env variables and headers count, and which of OAuth's secrets
 * are set; values do not.
 */
export function configFingerprint(config: ServerConfig): string {
  if (config.transport === 'stdio') return canonicalDigest({ ...config, env: config.env.map(({ name }) => name) })
  return canonicalDigest({
    ...config,
    auth: config.auth?.type === 'OAUTH' ? mapOAuthSecrets(config.auth, () => true) : (config.auth?.header ?? null),
    headers: config.headers.map(({ name }) => name),
  })
}
