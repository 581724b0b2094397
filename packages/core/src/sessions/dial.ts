import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { type Deadline, startDeadline, unlessAborted } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { McpServerInfo } from '../model/server.ts'
import { createScrub, type Scrub, scrubNothing } from '../secrets/scrub.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import type { Operation } from '../telemetry/operation.ts'
import { type Peer, peerOf } from '../telemetry/peer.ts'
import { type DialEnvironment, type OpenedTarget, openConnection, type SdkConnection } from './connection.ts'
import type { DialTarget } from './dial-target.ts'
import { timedOut, toRegistryError } from './failures.ts'
import { withRetryAfter } from './http/retry-after.ts'
import { createSdkSession, sdkTimeoutMs } from './sdk-session.ts'
import type { McpSession } from './session.ts'
import type { SessionTransport } from './transport.ts'

/** Longest quote of a message that breaks the protocol, in characters. */
const maxFaultLength = 300

export interface DialOptions {
  readonly connectMs: number
  readonly signal: AbortSignal
  /** Called once the transport is up and `initialize` is about to be sent. */
  readonly onNegotiating: () => void
  /** Gets the end of a failed attempt, which goes on after the rejection. That promise never rejects. */
  readonly onEnding: (ending: Promise<void>) => void
}

/**
 * Opens the secrets, connects and initialises, within `connectMs`; an HTTP server that is busy is asked again when it
 * says so. Nothing that the session reports holds a secret of its server. After a rejection, what was started ends by
 * itself; `onEnding` gets that end.
 * @throws INVALID_INPUT, SECRET_UNREADABLE, CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR, TIMEOUT, CANCELED
 */
export async function dial(
  target: DialTarget,
  environment: DialEnvironment,
  options: DialOptions,
): Promise<McpSession> {
  using deadline = startDeadline(options.signal, [{ name: 'connectMs', ms: options.connectMs }])
  return await new Dial(target, environment, options, deadline).run()
}

/** One dial, over all of its attempts. */
class Dial {
  readonly #target: DialTarget
  readonly #environment: DialEnvironment
  readonly #options: DialOptions
  readonly #deadline: Deadline
  readonly #peer: Peer
  #scrub: Scrub = scrubNothing
  /** The connection of the latest attempt. */
  #connection: SdkConnection | undefined

  constructor(target: DialTarget, environment: DialEnvironment, options: DialOptions, deadline: Deadline) {
    this.#target = target
    this.#environment = environment
    this.#options = options
    this.#deadline = deadline
    this.#peer = peerOf(target)
  }

  async run(): Promise<McpSession> {
    const { meter, telemetry } = this.#environment
    const deadline = this.#deadline
    const target = this.#target
    let operation: Operation | undefined
    try {
      const { config, known } = await target.open(deadline.signal)
      const scrub = createScrub(known, meter.budgets.textBytes, () => meter.count('textBytes'))
      this.#scrub = scrub
      const initializing = telemetry.operation({ method: 'initialize', peer: this.#peer }, scrub)
      operation = initializing
      const attempt = () => this.#attempt({ target, config, scrub, peer: this.#peer }, initializing)
      const session = await initializing.within(() =>
        withRetryAfter(attempt, { deadlineAt: deadline.at, signal: deadline.signal }),
      )
      const { protocolVersion } = session.facts
      initializing.end({ protocolVersion, sessionId: this.#sessionId })
      session.onClose(telemetry.session(this.#peer, protocolVersion))
      return session
    } catch (cause) {
      const error = this.#typedError(cause)
      operation?.end({ protocolVersion: undefined, sessionId: this.#sessionId, error })
      throw error
    }
  }

  async #attempt(opened: OpenedTarget, initializing: Operation): Promise<McpSession> {
    const connection = openConnection(opened, this.#environment)
    this.#connection = connection
    try {
      return await this.#initialize(connection, initializing)
    } catch (error) {
      this.#options.onEnding(connection.end())
      throw error
    }
  }

  async #initialize(connection: SdkConnection, initializing: Operation): Promise<McpSession> {
    const { transport, sender } = connection
    // No sampling, elicitation, roots or tasks: this client would not answer such requests.
    const client = new Client(this.#environment.clientInfo, { capabilities: {} })
    client.onerror = (error) => this.#reportFault(connection, error)
    const negotiated = watchNegotiation(transport, this.#options.onNegotiating)
    // Only our own deadline counts; the SDK's must not come first.
    const options = { signal: this.#deadline.signal, timeout: sdkTimeoutMs }
    await unlessAborted(
      sender.during(initializing, () => client.connect(transport, options)),
      this.#deadline.signal,
    )
    return createSdkSession(client, connection, factsOf(client, negotiated.protocolVersion, this.#scrub))
  }

  #reportFault({ outputs }: SdkConnection, error: Error): void {
    this.#environment.onProtocolFault()
    const text = this.#scrub(error.message).slice(0, maxFaultLength)
    for (const output of outputs) output({ stream: 'PROTOCOL', text })
  }

  readonly #sessionId = (): string | undefined => {
    const id = this.#connection?.transport.mcpSessionId
    return id && this.#scrub(id)
  }

  #typedError(cause: unknown): RegistryError {
    const { error: late } = this.#deadline
    const { config } = this.#target
    if (late) return timedOut(late, config, this.#connection?.stderrTail ?? [])
    return scrubError(dialError(cause, this.#target, this.#connection), this.#scrub)
  }
}

/** Has the transport report that it is up, and keep the version that the SDK negotiates on it. */
function watchNegotiation(transport: SessionTransport, onUp: () => void): { protocolVersion: string } {
  const negotiated = { protocolVersion: '' }
  const start = transport.start.bind(transport)
  const setProtocolVersion = transport.setProtocolVersion?.bind(transport)
  transport.start = async () => {
    await start()
    onUp()
  }
  transport.setProtocolVersion = (version) => {
    negotiated.protocolVersion = version
    setProtocolVersion?.(version)
  }
  return negotiated
}

/** Scrubbed, because facts of a server are stored and shown to all who may see it. */
function factsOf(client: Client, protocolVersion: string, scrub: Scrub): SessionFacts {
  const instructions = client.getInstructions()
  const implementation = client.getServerVersion()
  return {
    protocolVersion,
    serverInfo: implementation ? toServerInfo(implementation, scrub) : { name: '', version: '' },
    instructions: instructions === undefined ? null : scrub(instructions),
    hasTools: client.getServerCapabilities()?.tools !== undefined,
  }
}

function toServerInfo({ name, version, title, websiteUrl }: Implementation, scrub: Scrub): McpServerInfo {
  return {
    name: scrub(name),
    version: scrub(version),
    ...(title === undefined ? {} : { title: scrub(title) }),
    ...(websiteUrl === undefined ? {} : { websiteUrl: scrub(websiteUrl) }),
  }
}

function dialError(error: unknown, { config }: DialTarget, connection: SdkConnection | undefined): RegistryError {
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
