import type { EndedJob } from '@toolyard/core'
import type { Logger } from 'pino'

type Level = 'debug' | 'info' | 'warn'

/**
 * What went well, and what somebody wanted to end, is for those who look closely; what a tool itself says no to is
 * worth a line; what could not be done, a warning.
 */
function levelOf({ status, errorCode }: EndedJob): Level {
  if (status === 'SUCCEEDED' || status === 'CANCELED') return 'debug'
  return errorCode === null ? 'info' : 'warn'
}

/** A line for each job that ended. Never its args, its result or the words of its error, which may quote them. */
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
