import type { ServerId, TenantId } from '../base/ids.ts'
import { createTurns } from '../budgets/turns.ts'
import type { DialEvent } from '../model/dial-event.ts'
import { type ConnectBreaker, createConnectBreaker } from './connect-breaker.ts'
import { type DialEnvironment, type DialOptions, dial } from './dial.ts'
import type { DialTarget } from './dial-target.ts'
import type { McpSession } from './session.ts'

/** Of starts that are in turn at a time; each keeps its turn for as long as the rate asks. */
const spawnTurns = 2

export interface DialerOptions {
  /** What of the sessions, and of the starts of stdio servers, a tenant may have, from 0 to 1. */
  readonly share: () => number
  readonly environment: DialEnvironment
  /** Hears of every connection attempt; awaited, so that what it stores is there when the session is used. */
  readonly onDial: (target: DialTarget, event: DialEvent) => Promise<void>
  /** Gets the end of each session and failed attempt that begins here; it never rejects. */
  readonly onEnding: DialOptions['onEnding']
}

/** Opens sessions, each server behind its gate. */
export interface Dialer {
  /** How many have been opened so far. */
  readonly opened: number
  /** Rejects with what the dial rejects with, and the signal's reason. */
  open(target: DialTarget, signal: AbortSignal, onNegotiating: () => void): Promise<McpSession>
  /** Opens a session of which no state of a server hears, and which is no gate's business. */
  probe(target: DialTarget, signal: AbortSignal): Promise<McpSession>
  /** What is known of the server holds no longer. */
  forget(serverId: ServerId): void
  /** Stops its timers. */
  close(): void
}

export function createDialer(options: DialerOptions): Dialer {
  const { environment, share, onDial, onEnding } = options
  const { deadlineMs, spawns } = environment.meter.budgets
  const starts = createTurns<TenantId>({ max: spawnTurns, share })
  const timers = new Set<NodeJS.Timeout>()
  const gates = new Map<ServerId, ConnectBreaker>()
  let opened = 0

  function gateOf(serverId: ServerId): ConnectBreaker {
    const gate = gates.get(serverId) ?? createConnectBreaker()
    gates.set(serverId, gate)
    return gate
  }

  /** To start a process holds the event loop for some ms: servers that end at once must not have all of it. */
  async function startTurn({ tenantId, config }: DialTarget, signal: AbortSignal): Promise<void> {
    if (config.transport !== 'stdio') return
    const giveBack = await starts.acquire(tenantId, signal)
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        giveBack()
      },
      (spawnTurns * 1_000) / spawns,
    ).unref()
    timers.add(timer)
  }

  function dialWithin(target: DialTarget, signal: AbortSignal, onNegotiating: () => void): Promise<McpSession> {
    // A server that was stored before may have a longer one.
    const connectMs = Math.min(target.connectMs, deadlineMs)
    return dial(target, environment, { connectMs, signal, onNegotiating, onEnding })
  }

  async function dialAndTell(target: DialTarget, signal: AbortSignal, onNegotiating: () => void): Promise<McpSession> {
    const startedAt = performance.now()
    await onDial(target, { type: 'CONNECTING' })
    let session: McpSession
    try {
      session = await dialWithin(target, signal, onNegotiating)
    } catch (error) {
      await onDial(target, { type: 'FAILED', error })
      throw error
    }
    opened += 1
    const readyAt = performance.now()
    const gate = gateOf(target.serverId)
    if (target.config.transport === 'stdio') session.onClose(() => gate.died(performance.now() - readyAt))
    try {
      await onDial(target, { type: 'READY', facts: session.facts, latencyMs: Math.round(readyAt - startedAt) })
    } catch (error) {
      onEnding(session.close())
      throw error
    }
    return session
  }

  return {
    get opened() {
      return opened
    },
    open(target, signal, onNegotiating) {
      const start = async () => {
        await startTurn(target, signal)
        return dialAndTell(target, signal, onNegotiating)
      }
      return gateOf(target.serverId).pass(start, signal)
    },
    probe: (target, signal) => dialWithin(target, signal, () => undefined),
    forget(serverId) {
      gates.delete(serverId)
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
