import { isRegistryError, type RegistryError } from '../base/errors.ts'
import { asRoot } from '../telemetry/active-span.ts'
import type { OpenSession, SessionPool } from './pool.ts'

export interface HealthCheckOptions {
  readonly pool: SessionPool
  /** From the end of one round to the start of the next. */
  readonly everyMs: number
  /** How long a server may take to answer. */
  readonly requestMs: number
  /** Whether a server has not been looked at for as long, and no other registry looks at it now. */
  readonly claim: (target: OpenSession['target'], everyMs: number) => Promise<boolean>
  /** Hears of each ping; the error is absent where the server answered. */
  readonly onChecked: (target: OpenSession['target'], error: RegistryError | undefined) => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Pings the servers of open sessions in rounds, each once for all that share the storage (MCP 2025-11-25, ping). One that does not answer gets no new tasks, so that the next
 * one dials anew. Nothing is dialled for it. The answer ends it.
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
      // A server that knows no ping has answered.
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
