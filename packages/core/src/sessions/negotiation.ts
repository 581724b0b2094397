import type { Dispatcher } from 'undici'
import { type Deadline, unlessAborted } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import type { NegotiatedEra, ProtocolEra } from '../model/server.ts'
import type { AuthorizerWaits } from './authorizer-waits.ts'
import {
  type ChannelConnection,
  type ConnectionBase,
  type DialEnvironment,
  type OpenedTarget,
  openChannel,
  openConnection,
  type TransportConnection,
} from './connection.ts'
import type { DialPhase } from './dial-phase.ts'
import { type EraPlan, planEra } from './era.ts'
import { withRetryAfter } from './http/retry-after.ts'
import { loadHandshake } from './legacy/load-handshake.ts'
import { isRefusal, namedVersions } from './legacy/refusal.ts'
import type { ModernChannel } from './modern/channel.ts'
import type { DiscoverResult } from './modern/discover-result.ts'
import { createModernSession } from './modern/modern-session.ts'
import { type Probed, probe } from './modern/probe.ts'
import { modernVersion } from './modern/revision.ts'
import { StdioChannel } from './modern/stdio-channel.ts'
import { refusedInitialize, usableVerdict } from './negotiation-errors.ts'
import { supportedProtocolVersions } from './protocol-versions.ts'
import type { McpSession } from './session.ts'
import type { SessionTransport } from './transport.ts'
import { within } from './within.ts'

/** Longest quote of a message that breaks the protocol, in characters. */
const maxFaultLength = 300
/** Time for a server to answer server/discover before initialize is tried, in ms. A child may have to start first. */
const askedOverHttpMs = 5_000
const silentChildMs = 2_000
/** A child that was modern before is waited for longer, in ms. */
const modernChildMs = 15_000
/** The pause before a subscription is opened anew, in ms. */
const listenRetry = { firstMs: 250, maxMs: 30_000 }

/** A session, and the era to remember its server by; undefined if it is not known for certain. */
export interface Negotiated {
  readonly session: McpSession
  readonly negotiated: NegotiatedEra | undefined
}

export interface NegotiationOptions {
  readonly deadline: Deadline
  /** Called with NEGOTIATING once the transport is up and the first request is about to be sent. */
  readonly onPhase: (phase: DialPhase) => void
  /** The waits for the server's authorizer, if it has one. */
  readonly waits: AuthorizerWaits | undefined
  /** Gets the end of each attempt that failed. That promise never rejects. */
  readonly onEnding: (ending: Promise<void>) => void
  /** Whether a child of the server is known to exit, or to hang, at a request before `initialize`. */
  readonly isIntolerant: boolean
  readonly onIntolerant: () => void
  /** Resolves when another process may be started; the first of a dial has had its turn. */
  readonly startTurn: () => Promise<void>
  /** Types and scrubs what a request failed with. */
  readonly typed: (error: unknown) => RegistryError
}

type AskPlan = EraPlan & { readonly kind: 'ASK' }

/** Finds the era of a server, and begins a session of it (MCP 2026-07-28, versioning, backward compatibility). */
export class Negotiation {
  readonly #opened: OpenedTarget
  readonly #environment: DialEnvironment
  readonly #options: NegotiationOptions
  #attempts = 0
  /** Of the latest attempt. */
  #connection: (ConnectionBase & { readonly transport?: SessionTransport }) | undefined

  constructor(opened: OpenedTarget, environment: DialEnvironment, options: NegotiationOptions) {
    this.#opened = opened
    this.#environment = environment
    this.#options = options
  }

  get connection(): (ConnectionBase & { readonly transport?: SessionTransport }) | undefined {
    return this.#connection
  }

  async run(): Promise<Negotiated> {
    const { era, config } = this.#opened.target
    const asked = planEra(era, config, Date.now())
    const isLeftInPeace = asked.kind === 'ASK' && asked.mayFallBack && this.#options.isIntolerant
    const plan = isLeftInPeace ? ({ kind: 'LEGACY', asksIfRefused: true } as const) : asked
    if (plan.kind === 'ASK') return await this.#ask(plan)
    try {
      const session = await this.#legacy()
      return { session, negotiated: isLeftInPeace ? this.#found('LEGACY') : era.negotiated }
    } catch (error) {
      if (plan.asksIfRefused && isRefusal(error)) {
        return await this.#ask({ kind: 'ASK', mayFallBack: true, known: undefined })
      }
      const versions = namedVersions(error)
      throw versions ? refusedInitialize(versions, error) : error
    }
  }

  #ask(plan: AskPlan): Promise<Negotiated> {
    const { config } = this.#opened
    if (config.transport === 'stdio') return this.#askChild(plan)
    if (config.transport === 'streamableHttp') return this.#askOverHttp(plan)
    const message = 'HTTP+SSE has no modern form; set protocolEra to AUTO or LEGACY, or the transport to streamableHttp'
    return Promise.reject(new RegistryError('CONNECT_FAILED', message))
  }

  async #askOverHttp({ mayFallBack }: AskPlan): Promise<Negotiated> {
    const { config, target } = this.#opened
    if (config.transport === 'stdio') throw new TypeError('A child has no HTTP connections')
    const connections = await this.#environment.openConnections(target.tenantId)
    const connection = openChannel({ ...this.#opened, config }, this.#environment, connections)
    const limitMs = mayFallBack ? Math.min(askedOverHttpMs, target.connectMs / 2) : undefined
    const verdict = await this.#during(connection, async () => {
      return usableVerdict(await this.#probe(connection, limitMs), mayFallBack)
    })
    if (verdict.kind === 'MODERN') return this.#modern(connection, verdict.discovered)
    connection.channel.close()
    const session = await this.#legacy(connections)
    return { session, negotiated: verdict.kind === 'LEGACY' ? this.#found('LEGACY') : undefined }
  }

  async #askChild(plan: AskPlan): Promise<Negotiated> {
    const connection = await this.#open()
    const { transport } = connection
    const channel = new StdioChannel(transport)
    // The child is started once; whatever begins the session goes on with it.
    const { promise: started, resolve: onStarted } = Promise.withResolvers<void>()
    const probing = this.#probe({ ...connection, channel }, undefined, async () => {
      await unlessAborted(transport.start(), this.#options.deadline.signal)
      transport.start = () => Promise.resolve()
      onStarted()
    })
    // Looked at later, or not at all.
    probing.catch(() => undefined)
    const probed = await this.#during(connection, async () => {
      await Promise.race([started, probing])
      return await within(probing, this.#silenceMs(plan))
    })
    const verdict = await this.#during(connection, async () => probed && usableVerdict(probed, plan.mayFallBack))
    if (verdict?.kind === 'MODERN') return this.#modern({ ...connection, channel }, verdict.discovered)
    if (!transport.end) return await this.#initializeInPlace(connection, channel, verdict ? undefined : probing)
    this.#options.onEnding(connection.end())
    this.#options.onIntolerant()
    return await this.#legacyAnew()
  }

  #silenceMs({ mayFallBack, known }: AskPlan): number {
    if (!mayFallBack) return Number.POSITIVE_INFINITY
    const { connectMs } = this.#opened.target
    return known === 'MODERN' ? Math.min(modernChildMs, connectMs / 2) : Math.min(silentChildMs, connectMs / 3)
  }

  /** Sends `initialize` to a child that did not take server/discover. `probing`: the question, if it is still open. */
  async #initializeInPlace(
    connection: TransportConnection,
    channel: StdioChannel,
    probing: Promise<Probed> | undefined,
  ): Promise<Negotiated> {
    const { deadline, onEnding, onIntolerant } = this.#options
    channel.detach(probing !== undefined)
    // A child that hangs at server/discover is replaced while there is time for another.
    const patience = new AbortController()
    const patienceMs = deadline.at - performance.now() - this.#opened.target.connectMs / 3
    const timer = probing && setTimeout(() => patience.abort(), Math.max(0, patienceMs))
    try {
      const session = await this.#initialize(connection, AbortSignal.any([deadline.signal, patience.signal]))
      return { session, negotiated: this.#found('LEGACY') }
    } catch (error) {
      onEnding(connection.end())
      if (deadline.error) throw error
      const late = probing && (await within(probing, 0))
      if (late?.verdict.kind === 'MODERN') {
        return await this.#askChild({ kind: 'ASK', mayFallBack: false, known: 'MODERN' })
      }
      if (!connection.transport.end && !patience.signal.aborted) throw error
      onIntolerant()
      return await this.#legacyAnew()
    } finally {
      clearTimeout(timer)
      channel.abandon()
    }
  }

  async #legacyAnew(): Promise<Negotiated> {
    return { session: await this.#legacy(), negotiated: this.#found('LEGACY') }
  }

  /** Begins a session by `initialize` alone. */
  async #legacy(connections?: Dispatcher): Promise<McpSession> {
    const { deadline, onEnding } = this.#options
    let open = connections
    const attempt = async () => {
      const connection = await this.#open(open)
      // The end of the attempt destroys them.
      open = undefined
      try {
        return await this.#initialize(connection, deadline.signal)
      } catch (error) {
        onEnding(connection.end())
        throw error
      }
    }
    return await withRetryAfter(attempt, { deadlineAt: deadline.at, signal: deadline.signal })
  }

  /** Opens a transport. A child that replaces another takes a turn of its own. */
  async #open(connections?: Dispatcher): Promise<TransportConnection> {
    const { deadline, startTurn } = this.#options
    this.#attempts += 1
    if (this.#attempts > 1) await unlessAborted(startTurn(), deadline.signal)
    return await openConnection(this.#opened, this.#environment, connections)
  }

  async #initialize(connection: TransportConnection, signal: AbortSignal): Promise<McpSession> {
    this.#connection = connection
    const { initializeSession } = await loadHandshake()
    return await initializeSession(connection, {
      clientInfo: this.#environment.clientInfo,
      signal,
      onNegotiating: () => this.#options.onPhase('NEGOTIATING'),
      onFault: (error: Error) => this.#reportFault(connection, error),
      typed: this.#options.typed,
    })
  }

  #modern(connection: ChannelConnection, discovered: DiscoverResult): Negotiated {
    const { clientInfo, meter } = this.#environment
    const { reconnectMinMs, reconnectMaxMs } = meter.budgets
    const retry = {
      firstMs: Math.max(reconnectMinMs, listenRetry.firstMs),
      maxMs: Math.min(reconnectMaxMs, listenRetry.maxMs),
    }
    const session = createModernSession({ ...connection, clientInfo, retry }, discovered)
    return { session, negotiated: this.#found('MODERN') }
  }

  /** `start`: what has to be done first, as a part of the same operation. */
  async #probe(
    connection: ConnectionBase & { readonly channel: ModernChannel },
    limitMs: number | undefined,
    start: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Probed> {
    const { deadline, waits } = this.#options
    const { channel, config, observe } = connection
    channel.onFault = (error) => this.#reportFault(connection, error)
    const operation = observe({ method: 'server/discover' })
    const options = {
      transport: config.transport === 'stdio' ? ('stdio' as const) : ('http' as const),
      legacyVersions: supportedProtocolVersions,
      clientInfo: this.#environment.clientInfo,
      limitMs,
      waits,
      deadlineAt: deadline.at,
      signal: deadline.signal,
    }
    try {
      const probed = await operation.within(async () => {
        await start()
        this.#options.onPhase('NEGOTIATING')
        return await probe(channel, options)
      })
      // That a server is of another era is no failure.
      operation.end({ protocolVersion: probed.verdict.kind === 'MODERN' ? modernVersion : undefined })
      return probed
    } catch (error) {
      operation.end({ error: this.#options.typed(error) })
      throw error
    }
  }

  /** Ends the connection if `work` fails. */
  async #during<T>(
    connection: ConnectionBase & { readonly transport?: SessionTransport },
    work: () => Promise<T>,
  ): Promise<T> {
    this.#connection = connection
    try {
      return await work()
    } catch (error) {
      this.#options.onEnding(connection.end())
      throw error
    }
  }

  #found(era: ProtocolEra): NegotiatedEra {
    return { era, at: Date.now(), revision: this.#opened.target.revision }
  }

  #reportFault({ outputs, scrub }: ConnectionBase, error: Error): void {
    this.#environment.onProtocolFault()
    const text = scrub(error.message).slice(0, maxFaultLength)
    for (const output of outputs) output({ stream: 'PROTOCOL', text })
  }
}
