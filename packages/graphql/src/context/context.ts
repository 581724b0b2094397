import { context, type Context as TraceContext } from '@opentelemetry/api'
import type { Registry, RegistryStats, TenantRegistry } from '@toolyard/core'
import type { BucketLevel } from '@toolyard/core/internal/token-buckets'
import type { BindBrowser } from '../access/bind-browser.ts'
import type { Caller } from '../access/caller.ts'
import { createLoaders, type Loaders } from './loaders.ts'

/** The cost of an operation, known before it is executed, and how to charge it. */
export interface Usage {
  cost: number
  /** Returns what the caller may still spend; undefined without a rate limit. */
  level?: () => BucketLevel
  /** Charges a mutation that was refused; undefined without a rate limit. */
  chargeRefusal?: () => void
  /** Whether the operation selects fields that may be long. */
  isLong?: boolean
  /** Charges the caller for an answer that is longer than its cost covers. */
  charge?: (bytes: number) => void
  /**
   * Counts the fields of a list without pages.
   * @throws LIMIT_EXCEEDED
   */
  onList?: (fields: number) => void
}

/** The context of resolvers. */
export interface Context {
  readonly caller: Caller
  /** The OpenTelemetry context of the request. */
  readonly trace: TraceContext
  readonly usage: Usage
  readonly exchange: Exchange
  /** Undefined if the application has no route that completes authorizations. */
  readonly bindBrowser: BindBrowser | undefined
  /** The registry of the caller's tenant. */
  readonly registry: TenantRegistry
  readonly stats: () => RegistryStats
  readonly loaders: Loaders
}

/** The delivery of an answer, as far as the transport reports it. */
export interface Exchange {
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
  /** Approximate size of the answer, once it is made. */
  bytes?: number
  /** Calls `release` once, when the answer is sent or the connection has failed. */
  whenSent(release: () => void): void
  /** Starts the time within which the client has to read the answer. */
  sending(): void
  /** Returns a header of the request; a WebSocket has none for each operation. */
  readonly header?: (name: string) => string | undefined
  /** Sets a cookie with the answer. */
  readonly setCookie?: (cookie: string) => void
}

const never = new AbortController().signal

/** Creates an exchange without a transport: the answer goes to the code that executes the operation. */
export const noExchange = (): Exchange => ({
  signal: never,
  whenSent: (release) => release(),
  sending: () => undefined,
})

/**
 * Creates the context of one operation.
 * @param trace @default the active context
 * @param exchange @default an answer counts as sent once it is made
 * @param bindBrowser @default authorizations without a redirect URI come back to the registry's, for the caller to complete
 */
export function createContext(
  whole: Registry,
  caller: Caller,
  trace: TraceContext = context.active(),
  exchange: Exchange = noExchange(),
  bindBrowser?: BindBrowser,
): Context {
  const registry = whole.tenant(caller.tenant)
  return {
    caller,
    trace,
    usage: { cost: 0 },
    exchange,
    bindBrowser,
    registry,
    stats: () => whole.stats(),
    loaders: createLoaders(registry),
  }
}
