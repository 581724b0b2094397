import type { EndedJob } from '@toolyard/core'
import type { Logger } from 'pino'

type Level = 'debug' | 'info' | 'warn'

/**
 * Success and cancellation are details, an error that the tool itself reports is information, and any other failure is
 * a warning.
 */
function levelOf({ status, errorCode }: EndedJob): Level {
  if (status === 'SUCCEEDED' || status === 'CANCELED') return 'debug'
  return errorCode === null ? 'info' : 'warn'
}

/** Logs a line for each ended job, without its args, its result and the message of its error, which may quote them. */
export function createJobLog(log: Logger): (job: EndedJob) => void {
  return (job) => {
    const level = levelOf(job)
    if (!log.isLevelEnabled(level)) return
    const { kind, id, tenantId, serverId, serverName, toolName, status, errorCode, durationMs, traceId } = job
    const facts = {
      [kind === 'RUN' ? 'runId' : 'refreshId']: id,
      ...(traceId === null ? {} : { traceId }),
      tenant: tenantId,
      serverId,
      server: serverName,
      ...(toolName === null ? {} : { tool: toolName }),
      status,
      ...(errorCode === null ? {} : { code: errorCode }),
      durationMs: Math.round(durationMs),
    }
    log[level](facts, kind === 'RUN' ? 'a run ended' : 'a refresh ended')
  }
}
