import { z } from 'zod'
import { RegistryError } from '../base/errors.ts'
import { issueInWords } from '../base/input-issues.ts'
import type { SecretValue } from '../model/secret-value.ts'
import type { ServerConfig } from '../model/server.ts'
import { auth, headerName, headerValue, storedHeaderName } from './auth-input.ts'
import { processString, secret, text, variableName } from './secret-input.ts'

const name = text(255)
  .refine((value) => value.trim() !== '', 'expected a non-empty string')
  .refine((value) => value === value.trim(), 'expected no white space at either end')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  .refine((value) => !/[\u0000-\u001f\u007f]/.test(value), 'expected no control characters')

const command = processString.refine((value) => value.trim() !== '', 'expected a non-empty string')

const serverUrl = text(4_096).superRefine((value, context) => {
  const problem = urlProblem(value)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

function urlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'expected an absolute URL such as https://example.com/mcp, got something else'
  const url = new URL(value)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `expected a URL with the scheme http or https, got ${url.protocol.slice(0, -1)}`
  }
  if (url.username !== '' || url.password !== '') {
    return 'expected a URL without user name and password; put credentials in auth or in a header'
  }
  return undefined
}

const env = z.record(variableName, secret(processString))
const headers = z.record(headerName, secret(headerValue)).superRefine((value, context) => {
  const seen = new Set<string>()
  for (const key of Object.keys(value)) {
    const folded = key.toLowerCase()
    if (seen.has(folded))
      context.addIssue({ code: 'custom', path: [key], message: 'expected each header once, got it twice' })
    seen.add(folded)
  }
})

const stdioConfig = z.strictObject({
  transport: z.literal('stdio'),
  command,
  args: z.array(processString).max(1_000).readonly().default([]),
  env: env.default({}),
  cwd: processString.nullish(),
})
const httpMembers = { serverUrl, auth: auth.nullish(), customHeaders: headers.default({}) }
const config = z.discriminatedUnion('transport', [
  stdioConfig,
  z.strictObject({ transport: z.literal('sse'), ...httpMembers }),
  z.strictObject({ transport: z.literal('streamableHttp'), ...httpMembers }),
])

/** The message may quote the number, which is no secret. */
function milliseconds(min: number, max: number) {
  const error = ({ input }: { readonly input?: unknown }) =>
    `expected a whole number from ${min} to ${max}, got ${typeof input === 'number' ? input : typeof input}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

const timeoutMs = milliseconds(1, 86_400_000)
const timeouts = z.strictObject({
  connectMs: timeoutMs.nullish(),
  requestMs: timeoutMs.nullish(),
  maxTotalMs: timeoutMs.nullish(),
})

/** Shortest refresh interval, in ms: a refresh would hardly end before the next one begins. */
const minRefreshIntervalMs = 1_000

const owned = {
  description: text(10_000).nullish(),
  labels: z
    .array(text(255).refine((value) => value.trim() !== '', 'expected a non-empty string'))
    .max(100)
    .readonly()
    .nullish(),
  timeouts: timeouts.nullish(),
  refreshIntervalMs: milliseconds(minRefreshIntervalMs, 2 ** 31 - 1).nullish(),
}
const protocolEra = z.enum(['AUTO', 'LEGACY', 'MODERN'])
const approvalPolicy = z.enum(['NEVER', 'DESTRUCTIVE', 'ALWAYS'])
const inputPolicy = z.enum(['PAUSE', 'DECLINE', 'NONE'])
const toolChangePolicy = z.enum(['ACCEPT', 'WARN', 'QUARANTINE'])

const createServerInput = z.strictObject({
  name,
  config,
  ...owned,
  enabled: z.boolean().default(true),
  protocolEra: protocolEra.default('AUTO'),
  toolChangePolicy: toolChangePolicy.default('ACCEPT'),
  approvalPolicy: approvalPolicy.default('NEVER'),
  inputPolicy: inputPolicy.default('PAUSE'),
  refresh: z.boolean().default(true),
})

const names = (item: z.ZodType<string>) => z.array(item).readonly().default([])
const httpPatch = {
  serverUrl: serverUrl.optional(),
  auth: auth.nullish(),
  setHeaders: headers.default({}),
  unsetHeaders: names(storedHeaderName),
}
const configPatch = z.discriminatedUnion('transport', [
  z.strictObject({
    transport: z.literal('stdio'),
    command: command.optional(),
    args: z.array(processString).max(1_000).readonly().optional(),
    cwd: processString.nullish(),
    setEnv: env.default({}),
    unsetEnv: names(variableName),
  }),
  z.strictObject({ transport: z.literal('sse'), ...httpPatch }),
  z.strictObject({ transport: z.literal('streamableHttp'), ...httpPatch }),
  z.strictObject({ transport: z.literal('replace'), config }),
])

const updateServerInput = z.strictObject({
  expectedRevision: z.int().optional(),
  name: name.optional(),
  config: configPatch.optional(),
  ...owned,
  enabled: z.boolean().optional(),
  protocolEra: protocolEra.optional(),
  toolChangePolicy: toolChangePolicy.optional(),
  approvalPolicy: approvalPolicy.optional(),
  inputPolicy: inputPolicy.optional(),
})

/** The members of both inputs. */
export const fieldNames: ReadonlySet<string> = new Set(
  [createServerInput, updateServerInput].flatMap(({ shape }) => Object.keys(shape)),
)

/** The input of `servers.create`. */
export type CreateServerInput = z.input<typeof createServerInput>
/** The input of `servers.update`: an omitted member stays, null clears one. */
export type UpdateServerInput = z.input<typeof updateServerInput>
/** How a server is reached, as its owner configures it. */
export type ServerConfigInput = z.input<typeof config>
/** A change to how a server is reached; only `replace` may change the transport. */
export type ServerConfigPatch = z.input<typeof configPatch>

export type ParsedConfigPatch = z.output<typeof configPatch>

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { error: issueInWords })
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message }))
  const [first] = issues
  // The messages name types, limits and keys, never values: a value here may be a secret.
  const message = issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ')
  throw new RegistryError('INVALID_INPUT', message, { path: first?.path ?? [], cause: result.error })
}

export function parseCreateInput(value: unknown): z.output<typeof createServerInput> {
  return parse(createServerInput, value)
}

/** @throws INVALID_INPUT for a name that no server may have */
export function assertServerName(value: string): void {
  parse(z.strictObject({ name }), { name: value })
}

export function parseUpdateInput(value: unknown): z.output<typeof updateServerInput> {
  return parse(updateServerInput, value)
}

function pairs(record: Readonly<Record<string, SecretValue>>) {
  return Object.entries(record).map(([key, value]) => ({ name: key, value }))
}

/** The configuration with its literals in plaintext: they are sealed with the id of their server. */
export function toServerConfig(input: z.output<typeof config>): ServerConfig {
  if (input.transport === 'stdio') {
    return {
      transport: 'stdio',
      command: input.command,
      args: input.args,
      env: pairs(input.env),
      cwd: input.cwd ?? null,
    }
  }
  const { transport, serverUrl: url, customHeaders } = input
  return { transport, serverUrl: url, auth: input.auth ?? null, headers: pairs(customHeaders) }
}
