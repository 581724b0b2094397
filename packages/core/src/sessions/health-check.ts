import { isRegistryError, type RegistryError } from '../base/errors.ts'
import { asRoot } from '../telemetry/active-span.ts'
import type { OpenSession, SessionPool } from './pool.ts'

export interface HealthCheckOptions {
  readonly pool: SessionPool
  /** Interval from the end of one round to the start of the next, in ms. */
  readonly everyMs: number
  /** Time for a server to answer, in ms. */
  readonly requestMs: number
  /** Whether the server has not been checked for `everyMs`, and no other registry checks it now. */
  readonly claim: (target: OpenSession['target'], everyMs: number) => Promise<boolean>
  /** Called after each ping; without an error if the server answered. */
  readonly onChecked: (target: OpenSession['target'], error: RegistryError | undefined) => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Pings the servers of open sessions in rounds (MCP 2025-11-25, ping), each once for all registries that share the
 * storage. A session without an answer gets no new tasks, so that the next task dials anew. No server is dialled for a
 * check. Returns the function that ends the checks.
 */
export function startHealthCheck(options: HealthCheckOptions): () => Promise<void> {
  const { pool, everyMs, requestMs, claim, onChecked, onError } = options
  const closing = new AbortController()
  let round = Promise.resolve()

  async function check({ target, session, retire }: OpenSession): Promise<void> {
    if (!(await claim(target, everyMs))) return
    try {
      await asRoot(() => session.ping({ requestMs, signal: closing.signal }))
      await onChecked(target, undefined)
    } catch (error) {
      if (closing.signal.aborted) return
      if (!isRegistryError(error)) throw error
      // An error from a server that does not know ping is an answer, too.
      const answered = error.details.jsonRpcCode !== undefined
      if (!answered) retire()
      await onChecked(target, answered ? undefined : error)
    }
  }

  function next(): NodeJS.Timeout {
    return setTimeout(() => {
      round = Promise.all(pool.open().map((open) => check(open).catch(onError))).then(() => {
        if (!closing.signal.aborted) timer = next()
      })
    }, everyMs).unref()
  }

  let timer = next()
  return async () => {
    clearTimeout(timer)
    closing.abort()
    await round
  }
}
