import { type Command, Option } from 'commander'
import { UsageError } from '../base/command-error.ts'
import type { ConfigInput, ConfigPatch, OAuthConfigInput } from '../queries/server-mutations.ts'
import { addOAuthOptions, type GivenOAuthFlags, readOAuthFlags, withoutOAuthFlags } from './oauth-flags.ts'
import { collect, oneOf } from './parse-flag.ts'
import { milliseconds } from './run-flags.ts'
import {
  type NamedText,
  namedText,
  type SecretInput,
  type SecretReader,
  type SecretValue,
  secretForms,
} from './secret-flags.ts'

export type ApprovalPolicy = 'NEVER' | 'DESTRUCTIVE' | 'ALWAYS'

/** Approval policies by their names on the command line. */
export const approvalPolicies = { never: 'NEVER', destructive: 'DESTRUCTIVE', always: 'ALWAYS' } as const

/** What becomes of a server's requests for input, by names on the command line. */
const inputPolicies = { pause: 'PAUSE', decline: 'DECLINE', none: 'NONE' } as const
type InputPolicy = (typeof inputPolicies)[keyof typeof inputPolicies]

interface PlainFlags {
  readonly transport?: 'http' | 'sse'
  readonly cwd?: string
  readonly tokenHeader?: string
  readonly description?: string
  readonly label?: readonly string[]
  readonly connectTimeout?: number
  readonly requestTimeout?: number
  readonly totalTimeout?: number
  readonly refreshEvery?: number
  readonly era?: 'AUTO' | 'LEGACY' | 'MODERN'
  readonly toolChanges?: 'ACCEPT' | 'WARN' | 'QUARANTINE'
  readonly approval?: ApprovalPolicy
  readonly input?: InputPolicy
}

/** Flags of `add` and `update` beside the target, as given. */
export interface GivenServerFlags extends PlainFlags, GivenOAuthFlags {
  readonly env?: readonly NamedText[]
  readonly header?: readonly NamedText[]
  readonly token?: string
}

interface SecretFlags {
  readonly env?: readonly SecretInput[]
  readonly header?: readonly SecretInput[]
  readonly token?: SecretValue
  readonly oauth?: OAuthConfigInput
}

/** The flags with their secrets read. */
export interface ServerFlags extends PlainFlags, SecretFlags {}

type Read<Flags> = Omit<Omit<Flags, keyof GivenOAuthFlags>, 'env' | 'header' | 'token'> & SecretFlags

/** Reads the secrets of the flags. Rejects with UsageError. */
export async function readServerFlags<Flags extends GivenServerFlags>(
  flags: Flags,
  secrets: SecretReader,
): Promise<Read<Flags>> {
  const { env, header, token, ...plain } = withoutOAuthFlags(flags)
  const oauth = await readOAuthFlags(flags, secrets)
  return {
    ...plain,
    ...(oauth ? { oauth } : {}),
    ...(token === undefined ? {} : { token: await secrets.value('--token', token) }),
    ...(env ? { env: await secrets.named('--env', env) } : {}),
    ...(header ? { header: await secrets.named('--header', header) } : {}),
  }
}

/** Adds the flags of `ServerFlags` to `command`. */
export function addServerOptions(command: Command): Command {
  command
    .addOption(
      new Option('--transport <transport>', 'transport of a URL: http (streamable HTTP, the default) or sse').argParser(
        oneOf({ http: 'http', sse: 'sse' }),
      ),
    )
    .option(
      '--env <NAME=VALUE>',
      `environment variable of the command; ${secretForms}`,
      namedText('--env', '=', 'NAME=VALUE'),
    )
    .option('--cwd <dir>', 'folder that the command runs in')
    .option(
      '--header <NAME: VALUE>',
      'header of each request; VALUE as for --env',
      namedText('--header', ':', "'NAME: VALUE'"),
    )
    .option(
      '--token <token>',
      'sent as Authorization: Bearer TOKEN; TOKEN as VALUE of --env (flags are visible to other users)',
    )
    .option('--token-header <name>', 'another header for the token, which is then sent without Bearer')
  return addOAuthOptions(command)
    .option('--description <text>', 'what it is for')
    .option('--label <label>', 'label of the server; may be repeated', collect)
    .option('--connect-timeout <ms>', 'time limit for a connection', milliseconds)
    .option('--request-timeout <ms>', 'time limit for one request', milliseconds)
    .option('--total-timeout <ms>', 'total limit for a refresh or run', milliseconds)
    .addOption(
      new Option('--era <era>', 'protocol era to speak: auto (ask the server), legacy or modern').argParser(
        oneOf({ auto: 'AUTO', legacy: 'LEGACY', modern: 'MODERN' }),
      ),
    )
    .option('--refresh-every <ms>', 'interval of automatic refreshes', milliseconds)
    .option(
      '--tool-changes <policy>',
      'policy for new and changed tools: accept, warn (accept and notify), or quarantine (wait for approval)',
      oneOf({ accept: 'ACCEPT', warn: 'WARN', quarantine: 'QUARANTINE' }),
    )
    .option(
      '--approval <policy>',
      'runs that wait for an approval: never, destructive (of tools that do not say that they are harmless) or always',
      oneOf(approvalPolicies),
    )
    .option(
      '--input <policy>',
      'if the server asks for input: pause (the run waits for an answer), decline, or none (it may not ask)',
      oneOf(inputPolicies),
    )
}

type Target =
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'url'; readonly url: string }

// An unknown scheme; or a host with a port, localhost, or a domain with a path.
const otherScheme = /^([a-z][a-z0-9+.-]*):\/\/(.+)$/i
const bareAddress = /^(?:\[[0-9a-f:]+\]|[a-z0-9.-]+):\d+(?:\/|$)|^localhost(?:\/|$)|^(?:[a-z0-9-]+\.)+[a-z]{2,}\//i

/** Throws UsageError for a URL whose scheme is missing or misspelt, which would be taken for a command. */
function assertNoAddress(text: string): void {
  const [, scheme, rest] = otherScheme.exec(text) ?? []
  if (scheme === undefined && !bareAddress.test(text)) return
  const isNear = /^(?:localhost|127\.|\[::1\]|10\.|192\.168\.)/.test(rest ?? text)
  const meant = `${isNear ? 'http' : 'https'}://${rest ?? text}`
  const problem =
    scheme === undefined ? 'is no URL, as it has no scheme' : `has the scheme ${scheme}, expected http or https`
  throw new UsageError(`"${text.slice(0, 200)}" ${problem}; did you mean ${meant.slice(0, 200)}?`)
}

/** Parses a URL, or a command with its args; undefined if there are no operands. */
function targetOf([first, ...others]: readonly string[]): Target | undefined {
  if (first === undefined) return undefined
  if (!/^https?:\/\//i.test(first)) {
    if (others.length === 0) assertNoAddress(first)
    return { kind: 'command', command: first, args: others }
  }
  if (others.length > 0) throw new UsageError(`expected nothing behind the URL, got ${others.length} more`)
  return { kind: 'url', url: first }
}

function refuse(flags: ServerFlags, names: readonly (keyof ServerFlags)[], what: string): void {
  const given = names.find((name) => flags[name] !== undefined)
  if (given === undefined) return
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new UsageError(`--${flag} is for ${what}`)
}

const ofUrls = ['transport', 'header', 'token', 'tokenHeader', 'oauth'] as const
const ofCommands = ['env', 'cwd'] as const

function authOf({ token, tokenHeader, oauth }: ServerFlags) {
  if (oauth && (token !== undefined || tokenHeader !== undefined)) {
    throw new UsageError('--oauth and --token: expected one of them')
  }
  if (oauth) return { auth: { oauth } }
  if (token === undefined && tokenHeader !== undefined) throw new UsageError('--token-header needs --token')
  return token === undefined ? {} : { auth: { header: { header: tokenHeader ?? 'Authorization', token } } }
}

/** The configuration of a new server. Throws UsageError. */
export function toConfig(operands: readonly string[], flags: ServerFlags): ConfigInput {
  const target = targetOf(operands)
  if (!target) throw new UsageError('expected a URL, or -- and a command: toolyard add NAME -- npx -y some-server')
  if (target.kind === 'command') {
    refuse(flags, ofUrls, 'a URL')
    const { env, cwd } = flags
    return {
      stdio: {
        command: target.command,
        args: [...target.args],
        ...(env ? { env: [...env] } : {}),
        ...(cwd === undefined ? {} : { cwd }),
      },
    }
  }
  refuse(flags, ofCommands, 'a command')
  const customHeaders = flags.header ? { customHeaders: [...flags.header] } : {}
  const http = { serverUrl: target.url, ...authOf(flags), ...customHeaders }
  return flags.transport === 'sse' ? { sse: http } : { streamableHttp: http }
}

interface UnsetFlags {
  readonly unsetEnv?: readonly string[]
  readonly unsetHeader?: readonly string[]
  /** False to remove the token, or OAuth. */
  readonly auth?: boolean
}

export interface GivenPatchFlags extends GivenServerFlags, UnsetFlags {}
export interface PatchFlags extends ServerFlags, UnsetFlags {}

/** Adds the flags for an existing server to `command`. */
export function addPatchOptions(command: Command): Command {
  return addServerOptions(command)
    .option('--unset-env <name>', 'remove an environment variable', collect)
    .option('--unset-header <name>', 'remove a header', collect)
    .option('--no-auth', 'remove the token, or OAuth')
}

type Kind = 'stdio' | 'sse' | 'streamableHttp'

/**
 * Builds the patch of a configuration; undefined if nothing changes. Another kind of server replaces the whole
 * configuration, as members of the old one would not fit. Throws UsageError.
 */
export function toConfigPatch(kind: Kind, operands: readonly string[], flags: PatchFlags): ConfigPatch | undefined {
  const target = targetOf(operands)
  const wanted = wantedKind(kind, target, flags)
  if (wanted !== kind) {
    if (!target) throw new UsageError('--transport: another transport needs the URL as well')
    return { replace: toConfig(operands, flags) }
  }
  if (kind === 'stdio') {
    refuse(flags, ofUrls, 'a URL')
    const { env, cwd, unsetEnv } = flags
    const patch = {
      ...(target?.kind === 'command' ? { command: target.command, args: [...target.args] } : {}),
      ...(cwd === undefined ? {} : { cwd }),
      ...(env ? { setEnv: [...env] } : {}),
      ...(unsetEnv ? { unsetEnv: [...unsetEnv] } : {}),
    }
    return Object.keys(patch).length > 0 ? { stdio: patch } : undefined
  }
  refuse(flags, ofCommands, 'a command')
  const { header, unsetHeader, auth, oauth } = flags
  if (auth === false && oauth) throw new UsageError('--oauth and --no-auth: expected one of them')
  const patch = {
    ...(target?.kind === 'url' ? { serverUrl: target.url } : {}),
    ...(auth === false ? { auth: null } : authOf(flags)),
    ...(header ? { setHeaders: [...header] } : {}),
    ...(unsetHeader ? { unsetHeaders: [...unsetHeader] } : {}),
  }
  if (Object.keys(patch).length === 0) return undefined
  return kind === 'sse' ? { sse: patch } : { streamableHttp: patch }
}

function wantedKind(kind: Kind, target: Target | undefined, { transport }: ServerFlags): Kind {
  if (target?.kind === 'command') return 'stdio'
  if (transport !== undefined) return transport === 'sse' ? 'sse' : 'streamableHttp'
  // A URL does not determine its transport.
  return target && kind === 'stdio' ? 'streamableHttp' : kind
}

/** Maps the flags that both mutations take, apart from the configuration. */
export function toServerInput(flags: PlainFlags) {
  const { description, label, connectTimeout, requestTimeout, totalTimeout, refreshEvery, era } = flags
  const { toolChanges, approval, input } = flags
  const timeouts = {
    ...(connectTimeout === undefined ? {} : { connectMs: connectTimeout }),
    ...(requestTimeout === undefined ? {} : { requestMs: requestTimeout }),
    ...(totalTimeout === undefined ? {} : { maxTotalMs: totalTimeout }),
  }
  return {
    ...(description === undefined ? {} : { description }),
    ...(label ? { labels: [...label] } : {}),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
    ...(refreshEvery === undefined ? {} : { refreshIntervalMs: refreshEvery }),
    ...(era === undefined ? {} : { protocolEra: era }),
    ...(toolChanges === undefined ? {} : { toolChangePolicy: toolChanges }),
    ...(approval === undefined ? {} : { approvalPolicy: approval }),
    ...(input === undefined ? {} : { inputPolicy: input }),
  }
}
