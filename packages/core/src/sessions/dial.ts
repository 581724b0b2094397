import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import type { Dispatcher } from 'undici'
import { startDeadline, unlessAborted } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import type { TenantId } from '../base/ids.ts'
import { secretsOf } from '../model/config-secrets.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { ResolvedConfig } from '../model/resolve-config.ts'
import type { McpServerInfo } from '../model/server.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import { createScrub, type Scrub, scrubNothing } from '../secrets/scrub.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import type { Operation } from '../telemetry/operation.ts'
import { type Peer, peerOf } from '../telemetry/peer.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { DialTarget } from './dial-target.ts'
import { timedOut, toRegistryError } from './failures.ts'
import { withRetryAfter } from './http/retry-after.ts'
import { createSseTransport } from './http/sse-transport.ts'
import { createStreamableHttpTransport } from './http/streamable-http-transport.ts'
import { type Allowance, createAllowance, createRate } from './incoming/rate.ts'
import type { MessageLimits } from './limits.ts'
import { createRequestSender } from './request-sender.ts'
import { createSdkSession, type SdkConnection, sdkTimeoutMs } from './sdk-session.ts'
import type { McpSession } from './session.ts'
import type { ChildProcessStore } from './stdio/child-process-store.ts'
import type { LimitCommand } from './stdio/limited-command.ts'
import { createStdioTransport } from './stdio/stdio-transport.ts'

const stderrLinesKept = 100
const terminateMs = 1_000
/** Characters of what is told of a message that breaks the protocol. */
const maxFaultLength = 300

/** What every session of a registry is dialled with. */
export interface DialEnvironment extends MessageLimits {
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** Opens the connections of one session with an HTTP server; the caller destroys them. */
  readonly openConnections: (tenantId: TenantId) => Dispatcher
  /** What all servers of a tenant may say unasked. */
  readonly unaskedOf: (tenantId: TenantId) => Allowance
  /** Children of stdio servers. */
  readonly children: ChildProcessStore
  /** What they may run, with which variables and in which folders. */
  readonly stdio: StdioPolicy
  /** Variables that each of them gets, beside those of its own. */
  readonly stdioEnv: Readonly<Record<string, string>>
  /** What the system lets them take. */
  readonly limitCommand: LimitCommand
  /** Aborted once the registry closes, and waits for children to end. */
  readonly closing: AbortSignal
  /** Hears of each message that breaks the protocol. */
  readonly onProtocolFault: () => void
  readonly telemetry: Telemetry
}

export interface DialOptions {
  readonly connectMs: number
  readonly signal: AbortSignal
  /** Called once the transport is up and `initialize` is about to be sent. */
  readonly onNegotiating: () => void
  /** Gets the end of a failed attempt, which goes on after the rejection; it never rejects. */
  readonly onEnding: (ending: Promise<void>) => void
}

interface Opened {
  readonly target: DialTarget
  readonly config: ResolvedConfig
  readonly scrub: Scrub
  readonly peer: Peer
}

function connect({ target, config, scrub, peer }: Opened, environment: DialEnvironment): SdkConnection {
  const { openConnections, children, stdio, stdioEnv, limitCommand, closing, telemetry } = environment
  const observe: SdkConnection['observe'] = (method, toolName) =>
    telemetry.operation({ method, peer, ...(toolName === undefined ? {} : { toolName }) }, scrub)
  const { meter, bodyIdleMs, readingSteps } = environment
  const rate = createRate(createAllowance(meter.budgets.unaskedPerSecond), environment.unaskedOf(target.tenantId))
  const limits = { meter, bodyIdleMs, readingSteps, tenantId: target.tenantId, rate }
  const outputs = new Set<Parameters<McpSession['onOutput']>[0]>()
  const stderrTail: string[] = []
  let tailLength = 0
  const readsSecrets = secretsOf(target.config).some(({ value }) => value.source !== 'LITERAL')
  const { textBytes } = meter.budgets
  const shared = { config: target.config, observe, outputs, stderrTail, scrub, readsSecrets, textBytes }
  if (config.transport === 'stdio') {
    // Checked when it was stored, too: by an earlier version, or with other options.
    const command = stdio.assertStart(config, { cwd: ['config', 'cwd'], env: (name) => ['config', 'env', name] })
    const transport = createStdioTransport(
      { ...config, command, inherited: stdioEnv },
      limits,
      children,
      limitCommand,
      closing,
    )
    transport.onstderr = (said) => {
      const line = scrub(said)
      stderrTail.push(line)
      tailLength += line.length
      while (stderrTail.length > stderrLinesKept || (tailLength > textBytes && stderrTail.length > 1)) {
        tailLength -= stderrTail.shift()?.length ?? 0
      }
      for (const output of outputs) output({ stream: 'STDERR', text: line })
    }
    const end = () => {
      limits.rate.stop()
      return transport.close()
    }
    return { ...shared, transport, sender: createRequestSender(transport), end }
  }
  const create = config.transport === 'sse' ? createSseTransport : createStreamableHttpTransport
  const connections = openConnections(target.tenantId)
  const transport = create(config, connections, limits)
  const end = async () => {
    using deadline = startDeadline(new AbortController().signal, [
      { name: 'the time to end a session', ms: terminateMs },
    ])
    // The session is over either way: a server that cannot be told will find out by itself.
    await unlessAborted(transport.terminate(), deadline.signal).catch(() => undefined)
    limits.rate.stop()
    await transport.close()
    await connections.destroy()
  }
  return { ...shared, transport, sender: createRequestSender(transport), end }
}

function toServerInfo({ name, version, title, websiteUrl }: Implementation, scrub: Scrub): McpServerInfo {
  return {
    name: scrub(name),
    version: scrub(version),
    ...(title === undefined ? {} : { title: scrub(title) }),
    ...(websiteUrl === undefined ? {} : { websiteUrl: scrub(websiteUrl) }),
  }
}

/**
 * Opens the secrets, connects and initialises, within `connectMs`; an HTTP server that is busy is asked again when it says
 * so. Nothing that the session says has a secret of it. Rejects with INVALID_INPUT, SECRET_UNREADABLE, CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR, TIMEOUT or CANCELED; what it started ends by itself then, and
 * `onEnding` tells when.
 */
export async function dial(
  target: DialTarget,
  environment: DialEnvironment,
  options: DialOptions,
): Promise<McpSession> {
  const { connectMs, signal, onNegotiating, onEnding } = options
  using deadline = startDeadline(signal, [{ name: 'connectMs', ms: connectMs }])
  const { telemetry } = environment
  const { config } = target
  const peer = peerOf(target)
  let scrub: Scrub = scrubNothing
  let connection: SdkConnection | undefined
  let operation: Operation | undefined

  async function attempt(opened: Opened, initializing: Operation): Promise<McpSession> {
    const fresh = connect(opened, environment)
    connection = fresh
    try {
      return await initialize(fresh, initializing)
    } catch (error) {
      onEnding(fresh.end())
      throw error
    }
  }

  async function initialize(fresh: SdkConnection, initializing: Operation): Promise<McpSession> {
    const { transport, sender, outputs } = fresh
    // No sampling, elicitation, roots or tasks: a server must not be told of what nobody here would answer.
    const client = new Client(environment.clientInfo, { capabilities: {} })
    client.onerror = (error) => {
      environment.onProtocolFault()
      const text = scrub(error.message).slice(0, maxFaultLength)
      for (const output of outputs) output({ stream: 'PROTOCOL', text })
    }
    let protocolVersion = ''
    const start = transport.start.bind(transport)
    const setProtocolVersion = transport.setProtocolVersion?.bind(transport)
    transport.start = async () => {
      await start()
      onNegotiating()
    }
    transport.setProtocolVersion = (version) => {
      protocolVersion = version
      setProtocolVersion?.(version)
    }
    // The deadline is ours alone; the SDK's own time-out must not come first.
    const options = { signal: deadline.signal, timeout: sdkTimeoutMs }
    await unlessAborted(
      sender.during(initializing, () => client.connect(transport, options)),
      deadline.signal,
    )
    // What a server says of itself is stored, and shown to all who may see it.
    const instructions = client.getInstructions()
    const implementation = client.getServerVersion()
    const facts: SessionFacts = {
      protocolVersion,
      serverInfo: implementation ? toServerInfo(implementation, scrub) : { name: '', version: '' },
      instructions: instructions === undefined ? null : scrub(instructions),
      hasTools: client.getServerCapabilities()?.tools !== undefined,
    }
    return createSdkSession(client, fresh, facts)
  }

  try {
    const opened = await target.open(deadline.signal)
    const { meter } = environment
    scrub = createScrub(opened.known, meter.budgets.textBytes, () => meter.count('textBytes'))
    const initializing = telemetry.operation({ method: 'initialize', peer }, scrub)
    operation = initializing
    const again = () => attempt({ target, config: opened.config, scrub, peer }, initializing)
    const session = await initializing.within(() =>
      withRetryAfter(again, { deadlineAt: deadline.at, signal: deadline.signal }),
    )
    initializing.end(ofSession(session.facts.protocolVersion))
    session.onClose(telemetry.session(peer, session.facts.protocolVersion))
    return session
  } catch (cause) {
    const late = deadline.error && timedOut(deadline.error, config, connection?.stderrTail ?? [])
    const error = late ?? scrubError(dialError(cause), scrub)
    operation?.end({ ...ofSession(undefined), error })
    throw error
  }

  function ofSession(protocolVersion: string | undefined) {
    const sessionId = () => {
      const id = connection?.transport.mcpSessionId
      return id && scrub(id)
    }
    return { protocolVersion, sessionId }
  }

  function dialError(error: unknown): RegistryError {
    const end = connection?.transport.end
    const stderrTail = [...(connection?.stderrTail ?? [])]
    if (end && config.transport === 'stdio' && end.cause === undefined) {
      return new RegistryError('CONNECT_FAILED', `"${config.command}" did not speak MCP: ${end.words}`, {
        cause: error,
        retryable: true,
        details: { stderrTail },
      })
    }
    return toRegistryError(end?.cause ?? error, config, stderrTail)
  }
}
