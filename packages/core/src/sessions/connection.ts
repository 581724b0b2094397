import type { Dispatcher } from 'undici'
import { startDeadline, unlessAborted } from '../base/deadline.ts'
import type { TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { connectionSecretsOf } from '../model/config-secrets.ts'
import type { McpInputPolicy } from '../model/input-request.ts'
import type { RequestAuthorizer } from '../model/request-authorizer.ts'
import type { ResolvedConfig, ResolvedHttpConfig, ResolvedStdioConfig } from '../model/resolve-config.ts'
import type { ServerConfig } from '../model/server.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import type { Scrub } from '../secrets/scrub.ts'
import type { Operation, OperationOf } from '../telemetry/operation.ts'
import type { Peer } from '../telemetry/peer.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { DialTarget } from './dial-target.ts'
import type { RequestAccess } from './http/authorized-exchange.ts'
import { createSseTransport } from './http/sse-transport.ts'
import { createStreamableHttpTransport } from './http/streamable-http-transport.ts'
import { type Allowance, createAllowance, createRate } from './incoming/rate.ts'
import type { MessageLimits, SessionLimits } from './limits.ts'
import type { ModernChannel } from './modern/channel.ts'
import { HttpChannel } from './modern/http-channel.ts'
import type { SessionOutput } from './session.ts'
import type { ChildProcessStore } from './stdio/child-process-store.ts'
import type { LimitCommand } from './stdio/limited-command.ts'
import { StderrTail } from './stdio/stderr-tail.ts'
import { createStdioTransport } from './stdio/stdio-transport.ts'
import type { SessionTransport } from './transport.ts'

/** Time for a server to acknowledge the end of its session, in ms: it will notice by itself. */
const terminateMs = 1_000

/** The environment that all sessions of a registry share. */
export interface DialEnvironment extends MessageLimits {
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** Opens the connections of one session with an HTTP server; the caller destroys them. */
  readonly openConnections: (tenantId: TenantId) => Promise<Dispatcher>
  /** Authorizes the requests to a server; undefined for one whose configuration has all its credentials. */
  readonly authorizerOf: (target: DialTarget) => RequestAuthorizer | undefined
  /** Unsolicited messages that all servers of a tenant may send together. */
  readonly unaskedOf: (tenantId: TenantId) => Allowance
  /** Children of stdio servers. */
  readonly children: ChildProcessStore
  /** The commands, variables and folders that stdio servers may have. */
  readonly stdio: StdioPolicy
  /** Variables that each stdio server gets, beside its own. */
  readonly stdioEnv: Readonly<Record<string, string>>
  /** Has the system limit what a stdio server may take. */
  readonly limitCommand: LimitCommand
  /** Aborted once the registry closes, and waits for children to end. */
  readonly closing: AbortSignal
  /** Called for each message that breaks the protocol. */
  readonly onProtocolFault: () => void
  readonly telemetry: Telemetry
}

/** A target whose secrets have been opened. */
export interface OpenedTarget {
  readonly target: DialTarget
  readonly config: ResolvedConfig
  readonly scrub: Scrub
  readonly peer: Peer
  /** How each request over HTTP is authorized, if the server has an authorizer. */
  readonly access?: RequestAccess | undefined
}

/** What a session of either era needs to know about its connection. */
export interface ConnectionBase {
  readonly config: ServerConfig
  /** Begins to observe a request. */
  readonly observe: (of: OperationOf) => Operation
  readonly outputs: Set<(output: SessionOutput) => void>
  /** Scrubbed already. */
  readonly stderrTail: readonly string[]
  /** For text of the server beside the results of its tools. */
  readonly scrub: Scrub
  /** Whether the next dial may have other credentials, because some of them are read from elsewhere. */
  readonly readsSecrets: boolean
  /** Longest text of the server beside the results of its tools, in bytes. */
  readonly textBytes: number
  readonly meter: BudgetMeter
  /** What the server may ask for while it works on a call. */
  readonly inputPolicy: McpInputPolicy
  /** Never rejects. */
  readonly end: () => Promise<void>
}

/** A transport whose messages belong to one session. */
export interface TransportConnection extends ConnectionBase {
  readonly transport: SessionTransport
}

/** A channel of requests that are whole in themselves. */
export interface ChannelConnection extends ConnectionBase {
  readonly channel: ModernChannel
}

/** Creates the transport for a target, which connects once it is started. `connections`: those that are open, if any. */
export async function openConnection(
  opened: OpenedTarget,
  environment: DialEnvironment,
  connections?: Dispatcher,
): Promise<TransportConnection> {
  const { config, target, access } = opened
  const { base, limits, onStderr } = openBase(opened, environment)
  const { transport, end } =
    config.transport === 'stdio'
      ? openStdio(config, limits, environment, onStderr)
      : openHttp(config, limits, connections ?? (await environment.openConnections(target.tenantId)), access)
  return { ...base, transport, end }
}

/** Creates the channel for a target over HTTP. Its end destroys `connections`. */
export function openChannel(
  opened: OpenedTarget & { readonly config: ResolvedHttpConfig },
  environment: DialEnvironment,
  connections: Dispatcher,
): ChannelConnection & { readonly channel: HttpChannel } {
  const { base, limits } = openBase(opened, environment)
  const channel = new HttpChannel(opened.config, connections, limits, opened.access)
  const end = async () => {
    limits.rate.stop()
    channel.close()
    await connections.destroy()
  }
  return { ...base, channel, end }
}

function openBase({ target, scrub, peer }: OpenedTarget, environment: DialEnvironment) {
  const { meter, bodyIdleMs, readingSteps, pages, telemetry } = environment
  const { tenantId } = target
  const rate = createRate(createAllowance(meter.budgets.unaskedPerSecond), environment.unaskedOf(tenantId))
  const limits = { meter, bodyIdleMs, readingSteps, pages, tenantId, rate }
  const outputs: ConnectionBase['outputs'] = new Set()
  const stderr = new StderrTail(meter.budgets.textBytes)
  const onStderr = (raw: string) => {
    const text = scrub(raw)
    stderr.add(text)
    for (const output of outputs) output({ stream: 'STDERR', text })
  }
  const observe: ConnectionBase['observe'] = (of) => telemetry.operation({ ...of, peer }, scrub)
  const base: Omit<ConnectionBase, 'end'> = {
    config: target.config,
    observe,
    outputs,
    stderrTail: stderr.lines,
    scrub,
    readsSecrets: connectionSecretsOf(target.config).some(({ value }) => value.source !== 'LITERAL'),
    textBytes: meter.budgets.textBytes,
    meter,
    inputPolicy: target.inputPolicy,
  }
  return { base, limits, onStderr }
}

type Opened = Pick<TransportConnection, 'transport' | 'end'>

function openStdio(
  config: ResolvedStdioConfig,
  limits: SessionLimits,
  { stdio, stdioEnv, children, limitCommand, closing }: DialEnvironment,
  onStderr: (line: string) => void,
): Opened {
  // Checked again at each dial: an earlier version, or other options, may have stored the server.
  const command = stdio.assertStart(config, { cwd: ['config', 'cwd'], env: (name) => ['config', 'env', name] })
  const started = { ...config, command, inherited: stdioEnv }
  const transport = createStdioTransport(started, limits, children, limitCommand, closing)
  transport.onstderr = onStderr
  const end = () => {
    limits.rate.stop()
    return transport.close()
  }
  return { transport, end }
}

function openHttp(
  config: ResolvedHttpConfig,
  limits: SessionLimits,
  connections: Dispatcher,
  access: RequestAccess | undefined,
): Opened {
  const create = config.transport === 'sse' ? createSseTransport : createStreamableHttpTransport
  const transport = create(config, connections, limits, access)
  const end = async () => {
    using deadline = startDeadline(new AbortController().signal, [
      { name: 'the time to end a session', ms: terminateMs },
    ])
    // The session ends either way.
    await unlessAborted(transport.terminate(), deadline.signal).catch(() => undefined)
    limits.rate.stop()
    await transport.close()
    await connections.destroy()
  }
  return { transport, end }
}
