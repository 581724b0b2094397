import { setTimeout as delay } from 'node:timers/promises'
import { HttpStatusError } from './http-errors.ts'

const maxTries = 3

/**
 * Tries again after the wait that the server asked for (429 or 503 with Retry-After, RFC 9110 section 10.2.3), at most
 * 3 times in all. If the wait would end after `deadlineAt` (`performance.now()`), the server's error stands.
 */
export async function withRetryAfter<T>(
  attempt: () => Promise<T>,
  { deadlineAt, signal }: { readonly deadlineAt: number; readonly signal: AbortSignal },
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      const { status, retryAfterMs } = error instanceof HttpStatusError ? error.details : {}
      const isBusy = status === 429 || status === 503
      if (!isBusy || retryAfterMs === undefined || tries === maxTries) throw error
      if (performance.now() + retryAfterMs >= deadlineAt) throw error
      await delay(retryAfterMs, undefined, { signal })
    }
  }
}
