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
/** Life of a session that shows that its server works, in ms. */
const soundMs = 10_000

/** Guards the dials of one server, so that a server that keeps failing is not dialled without end. */
export interface ConnectBreaker {
  /**
   * Dials at once, or after a pause if the last sessions ended early. Once 5 dials in a row have failed, rejects with
   * the last failure for a while, then lets one probe through.
   */
  run<T>(dial: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Records that a session ended by itself, `afterMs` after it was initialised; an early exit delays the next dial. */
  recordEarlyExit(afterMs: number): void
}

/** Whether the failure is the server's, for all of its callers. */
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
      // The caller should get the signal's own reason.
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
