import type { ServerId, TenantId } from '../base/ids.ts'
import { createTurns, type Turns } from '../budgets/turns.ts'
import type { DialEvent } from '../model/dial-event.ts'
import type { NegotiatedEra } from '../model/server.ts'
import { type ConnectBreaker, createConnectBreaker } from './connect-breaker.ts'
import type { DialEnvironment } from './connection.ts'
import { type DialOptions, dial } from './dial.ts'
import type { DialTarget } from './dial-target.ts'
import { eraDoubtfulAt } from './era.ts'
import type { Negotiated } from './negotiation.ts'
import type { McpSession } from './session.ts'

/** Turns to start a process at a time; each is kept for as long as the rate asks. */
const spawnTurns = 2

export interface DialerOptions {
  /** A tenant's share of the sessions, and of the starts of stdio servers, from 0 to 1. */
  readonly share: () => number
  readonly environment: DialEnvironment
  /** Called for every connection attempt; awaited, so that what it stores is there when the session is used. */
  readonly onDial: (target: DialTarget, event: DialEvent) => Promise<void>
  /** Gets the end of each session and failed attempt that begins here. That promise never rejects. */
  readonly onEnding: DialOptions['onEnding']
}

export interface Dialed {
  readonly session: McpSession
  /** When the server is to be asked for its era again, by a new session, in epoch ms; undefined for never. */
  readonly doubtfulAt: number | undefined
}

/** Opens sessions, each server behind its breaker. */
export interface Dialer {
  /** Sessions opened so far. */
  readonly opened: number
  /** Rejects with what the dial rejects with, and the signal's reason. */
  open(target: DialTarget, signal: AbortSignal, onPhase: DialOptions['onPhase']): Promise<Dialed>
  /** Opens a session without reporting it, and without the breaker. */
  probe(target: DialTarget, signal: AbortSignal): Promise<McpSession>
  /** Drops what is known of the server. */
  forget(serverId: ServerId): void
  /** Stops its timers. */
  close(): void
}

export const createDialer = (options: DialerOptions): Dialer => new BreakingDialer(options)

/** Keeps a breaker for each server, and the turns of tenants to start processes. */
class BreakingDialer implements Dialer {
  readonly #options: DialerOptions
  readonly #starts: Turns<TenantId>
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #breakers = new Map<ServerId, ConnectBreaker>()
  /** Newer than what a target has, which may be kept for long. */
  readonly #eras = new Map<ServerId, NegotiatedEra | undefined>()
  /** Servers whose children exit, or hang, at a request before `initialize`. */
  readonly #intolerant = new Set<ServerId>()
  #opened = 0

  constructor(options: DialerOptions) {
    this.#options = options
    this.#starts = createTurns<TenantId>({ max: spawnTurns, share: options.share })
  }

  get opened() {
    return this.#opened
  }

  open(target: DialTarget, signal: AbortSignal, onPhase: DialOptions['onPhase']): Promise<Dialed> {
    const start = async () => {
      await this.#startTurn(target, signal)
      return this.#dialAndReport(target, signal, onPhase)
    }
    return this.#breakerOf(target.serverId).run(start, signal)
  }

  async probe(target: DialTarget, signal: AbortSignal): Promise<McpSession> {
    const { session } = await this.#dial(target, signal, () => undefined)
    return session
  }

  forget(serverId: ServerId): void {
    this.#breakers.delete(serverId)
    this.#eras.delete(serverId)
    this.#intolerant.delete(serverId)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #breakerOf(serverId: ServerId): ConnectBreaker {
    const breaker = this.#breakers.get(serverId) ?? createConnectBreaker()
    this.#breakers.set(serverId, breaker)
    return breaker
  }

  /**
   * Spaces out spawns: each holds the event loop for some ms, and servers that exit at once must not take all of it.
   */
  async #startTurn({ tenantId, config }: DialTarget, signal: AbortSignal): Promise<void> {
    if (config.transport !== 'stdio') return
    const giveBack = await this.#starts.acquire(tenantId, signal)
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        giveBack()
      },
      (spawnTurns * 1_000) / this.#options.environment.meter.budgets.spawns,
    ).unref()
    this.#timers.add(timer)
  }

  #dial(target: DialTarget, signal: AbortSignal, onPhase: DialOptions['onPhase']): Promise<Negotiated> {
    const { environment, onEnding } = this.#options
    const { serverId } = target
    const children = {
      isIntolerant: this.#intolerant.has(serverId),
      onIntolerant: () => void this.#intolerant.add(serverId),
      startTurn: () => this.#startTurn(target, signal),
    }
    const known = this.#eras.get(serverId)
    const era = known?.revision === target.revision ? { ...target.era, negotiated: known } : target.era
    // A server that an earlier version stored may have a longer one.
    const connectMs = Math.min(target.connectMs, environment.meter.budgets.deadlineMs)
    return dial({ ...target, era }, environment, { connectMs, signal, onPhase, onEnding, ...children })
  }

  async #dialAndReport(target: DialTarget, signal: AbortSignal, onPhase: DialOptions['onPhase']): Promise<Dialed> {
    const { onDial, onEnding } = this.#options
    const startedAt = performance.now()
    await onDial(target, { type: 'CONNECTING' })
    let dialled: Negotiated
    try {
      dialled = await this.#dial(target, signal, onPhase)
    } catch (error) {
      await onDial(target, { type: 'FAILED', error })
      throw error
    }
    const { session, negotiated } = dialled
    this.#opened += 1
    this.#eras.set(target.serverId, negotiated)
    const readyAt = performance.now()
    const breaker = this.#breakerOf(target.serverId)
    if (target.config.transport === 'stdio') session.onClose(() => breaker.recordEarlyExit(performance.now() - readyAt))
    try {
      const latencyMs = Math.round(readyAt - startedAt)
      await onDial(target, { type: 'READY', facts: session.facts, latencyMs, negotiated })
    } catch (error) {
      onEnding(session.close())
      throw error
    }
    const found = { era: session.facts.era, at: negotiated?.at ?? Date.now() }
    return { session, doubtfulAt: eraDoubtfulAt(target.era, target.config, found) }
  }
}
