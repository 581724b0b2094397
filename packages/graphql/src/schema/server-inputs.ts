import {
  type CallerContext,
  RegistryError,
  type SecretInput as SecretOf,
  type ServerConfigInput,
  type ServerConfigPatch,
} from '@toolyard/core'
import { McpAuthInput, SecretValueInput, secretOf, toAuth, toAuthPath } from './auth-inputs.ts'
import { builder } from './builder.ts'
import { given } from './connections.ts'

export const SecretInput = builder.inputType('SecretInput', {
  fields: (t) => ({ name: t.string({ required: true }), value: t.field({ type: SecretValueInput, required: true }) }),
})
const StdioConfigInput = builder.inputType('StdioConfigInput', {
  fields: (t) => ({
    command: t.string({ required: true }),
    args: t.stringList({ required: true, defaultValue: [] }),
    env: t.field({ type: [SecretInput] }),
    cwd: t.string(),
  }),
})
const HttpConfigInput = builder.inputType('HttpConfigInput', {
  fields: (t) => ({
    serverUrl: t.field({ type: 'URL', required: true }),
    auth: t.field({ type: McpAuthInput }),
    customHeaders: t.field({ type: [SecretInput] }),
  }),
})
export const McpServerConfigInput = builder.inputType('McpServerConfigInput', {
  isOneOf: true,
  fields: (t) => ({
    stdio: t.field({ type: StdioConfigInput }),
    sse: t.field({ type: HttpConfigInput }),
    streamableHttp: t.field({ type: HttpConfigInput }),
  }),
})
const StdioConfigPatch = builder.inputType('StdioConfigPatch', {
  fields: (t) => ({
    command: t.string(),
    args: t.stringList(),
    cwd: t.string(),
    setEnv: t.field({ type: [SecretInput] }),
    unsetEnv: t.stringList(),
  }),
})
const HttpConfigPatch = builder.inputType('HttpConfigPatch', {
  fields: (t) => ({
    serverUrl: t.field({ type: 'URL' }),
    auth: t.field({ type: McpAuthInput }),
    setHeaders: t.field({ type: [SecretInput] }),
    unsetHeaders: t.stringList(),
  }),
})
export const McpServerConfigPatch = builder.inputType('McpServerConfigPatch', {
  isOneOf: true,
  fields: (t) => ({
    stdio: t.field({ type: StdioConfigPatch }),
    sse: t.field({ type: HttpConfigPatch }),
    streamableHttp: t.field({ type: HttpConfigPatch }),
    replace: t.field({ type: McpServerConfigInput }),
  }),
})
export const McpTimeoutsInput = builder.inputType('McpTimeoutsInput', {
  description: 'Milliseconds; null means the default',
  fields: (t) => ({ connectMs: t.int(), requestMs: t.int(), maxTotalMs: t.int() }),
})
/** Description of `timeouts` on one refresh or run. */
export const callTimeouts = "Deadlines of this call; the shorter of these and the server's applies"
export const VariableInput = builder.inputType('VariableInput', {
  fields: (t) => ({ name: t.string({ required: true }), value: t.string({ required: true }) }),
})

type Config = typeof McpServerConfigInput.$inferInput
type Patch = typeof McpServerConfigPatch.$inferInput
type Secrets = readonly (typeof SecretInput.$inferInput)[] | null | undefined

function invalid(path: readonly string[], message: string): RegistryError {
  return new RegistryError('INVALID_INPUT', message, { path })
}

/**
 * Turns a list of names and values into a record.
 * @throws INVALID_INPUT at `path` for a repeated name
 */
function toRecord<Value>(
  pairs: readonly { readonly name: string; readonly value: Value }[],
  path: readonly string[],
): Record<string, Value> {
  const names = new Set<string>()
  for (const [index, { name }] of pairs.entries()) {
    if (names.has(name)) throw invalid([...path, String(index), 'name'], `expected each name once, got "${name}" twice`)
    names.add(name)
  }
  // fromEntries defines own members, even for `__proto__`.
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]))
}

/** @throws INVALID_INPUT at `path` for a repeated name */
export function secrets(list: Secrets, path: readonly string[]): Record<string, SecretOf> {
  return toRecord(
    (list ?? []).map(({ name, value }) => ({ name, value: secretOf(value) })),
    path,
  )
}

const noMember = ['config'] as const

export function toConfig(input: Config, at: readonly string[] = ['config']): ServerConfigInput {
  const { stdio, sse, streamableHttp } = input
  if (stdio) {
    const { command, args, cwd } = stdio
    return { transport: 'stdio', command, args, cwd: cwd ?? null, env: secrets(stdio.env, [...at, 'stdio', 'env']) }
  }
  const [transport, http] = sse ? (['sse', sse] as const) : (['streamableHttp', streamableHttp] as const)
  if (!http) throw invalid(noMember, 'config: expected one of stdio, sse, streamableHttp')
  const customHeaders = secrets(http.customHeaders, [...at, transport, 'customHeaders'])
  return { transport, serverUrl: http.serverUrl, auth: toAuth(http.auth), customHeaders }
}

/** Keeps omitted members out, and passes null on, which the registry clears or refuses. */
export function toConfigPatch({ stdio, sse, streamableHttp, replace }: Patch): ServerConfigPatch {
  if (replace) return { transport: 'replace', config: toConfig(replace, ['config', 'replace']) }
  if (stdio) {
    const { setEnv, unsetEnv, ...rest } = stdio
    return {
      // The registry refuses null for a member that cannot be cleared, with its path.
      ...(rest as { command?: string; args?: string[]; cwd?: string | null }),
      transport: 'stdio',
      setEnv: secrets(setEnv, ['config', 'stdio', 'setEnv']),
      unsetEnv: unsetEnv ?? [],
    }
  }
  const [transport, http] = sse ? (['sse', sse] as const) : (['streamableHttp', streamableHttp] as const)
  if (!http) throw invalid(noMember, 'config: expected one of stdio, sse, streamableHttp, replace')
  return {
    transport,
    // As above.
    ...(http.serverUrl === undefined ? {} : { serverUrl: http.serverUrl as string }),
    ...(http.auth === undefined ? {} : { auth: toAuth(http.auth) }),
    setHeaders: secrets(http.setHeaders, ['config', transport, 'setHeaders']),
    unsetHeaders: http.unsetHeaders ?? [],
  }
}

export function toCallerContext(input: {
  readonly agentId?: string | null | undefined
  readonly variables?: readonly (typeof VariableInput.$inferInput)[] | null | undefined
  readonly timeouts?: typeof McpTimeoutsInput.$inferInput | null | undefined
}): CallerContext {
  return {
    ...(input.agentId == null ? {} : { agentId: input.agentId }),
    ...(input.variables == null ? {} : { variables: toRecord(input.variables, ['variables']) }),
    ...(input.timeouts == null ? {} : { timeouts: given(input.timeouts) }),
  }
}

/** Maps a path of the registry's input to the mutation's: under the member of the oneOf, lists by index. */
export function toConfigPath(path: readonly string[], config: Config | Patch | null | undefined): readonly string[] {
  const [root, member, ...rest] = path
  if (root !== 'config' || !config) return path
  const kind = Object.keys(config)[0] ?? ''
  if (kind === 'replace' && 'replace' in config && config.replace && member === 'config') {
    const inner = toConfigPath(['config', ...rest], config.replace)
    return ['config', 'replace', ...inner.slice(1)]
  }
  if (member === undefined || member === kind || member === 'replace') return path
  const chosen: object = Object.values(config)[0] ?? {}
  if (member === 'auth') return ['config', kind, 'auth', ...toAuthPath(rest)]
  const entries: unknown = Object.entries(chosen).find(([key]) => key === member)?.[1]
  const [name] = rest
  if (!Array.isArray(entries) || name === undefined || member.startsWith('unset') || member === 'args') {
    return ['config', kind, member, ...rest]
  }
  const index = entries.findIndex(
    (entry: unknown) => typeof entry === 'object' && entry !== null && 'name' in entry && entry.name === name,
  )
  return ['config', kind, member, String(Math.max(index, 0))]
}
