import { setTimeout as delay } from 'node:timers/promises'
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
} from 'cockatiel'
import { isRegistryError, RegistryError } from '../base/errors.ts'

const failuresUntilOpen = 5
const probeAfter = { initialDelay: 1_000, maxDelay: 30_000 }
const restartAfter = { initialDelay: 100, maxDelay: 30_000 }
/** A session that lasted this long says that its server works. */
const soundMs = 10_000

/** Stands before the dials of one server, so that one that keeps failing is not dialled without end. */
export interface ConnectBreaker {
  /**
   * Dials: at once, or after a pause where the last sessions died young. Once 5 dials in a row have failed, it rejects
   * with the last failure for a while, then lets one probe through.
   */
  run<T>(dial: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** A session ended by itself, so many ms after it was initialised. */
  recordEarlyExit(afterMs: number): void
}

/** What says that the server is at fault, for all of its callers. */
function isServersFault(error: unknown): boolean {
  return (
    !isRegistryError(error, 'CANCELED') && !isRegistryError(error, 'AUTH_REQUIRED') && !isRegistryError(error, 'BUSY')
  )
}

export function createConnectBreaker(): ConnectBreaker {
  const breaker = circuitBreaker(handleWhen(isServersFault), {
    breaker: new ConsecutiveBreaker(failuresUntilOpen),
    halfOpenAfter: new ExponentialBackoff(probeAfter),
  })
  const restarts = new ExponentialBackoff(restartAfter)
  let restart: IBackoff<unknown> | undefined
  let lastFailure: RegistryError | undefined

  return {
    async run(dial, signal) {
      // The signal's own reason is what those who wait are to hear.
      if (restart) await delay(restart.duration, undefined, { signal }).catch(() => signal.throwIfAborted())
      try {
        return await breaker.execute(dial)
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) {
          if (isRegistryError(error)) lastFailure = error
          throw error
        }
        const message = `Not tried: connecting failed ${failuresUntilOpen} times in a row or more. Last: ${lastFailure?.message}`
        const details = lastFailure?.details ?? {}
        throw new RegistryError(lastFailure?.code ?? 'CONNECT_FAILED', message, {
          cause: error,
          retryable: true,
          details,
        })
      }
    },
    recordEarlyExit(afterMs) {
      if (afterMs >= soundMs) restart = undefined
      else restart = restart ? restart.next(undefined) : restarts.next()
    },
  }
}
