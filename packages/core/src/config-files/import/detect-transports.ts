import pLimit from 'p-limit'
import { startDeadline } from '../../base/deadline.ts'
import type { DetectTransport } from '../../servers/detect-transport.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ImportConflictPolicy } from './input.ts'
import type { PreparedEntry } from './prepare-entries.ts'

/** Servers that are dialled at a time. */
const maxDetections = 8
/** Time for all detections of an import, in ms. */
const detectionMs = 60_000

export interface DetectTransportsDeps {
  readonly servers: Pick<ServerControl, 'getByName'>
  readonly detectTransport: DetectTransport
}

/** Detects the transport of every URL that has none. One that is not detected in time stays Streamable HTTP. */
export async function detectTransports(
  { servers, detectTransport }: DetectTransportsDeps,
  entries: readonly PreparedEntry[],
  policy: ImportConflictPolicy,
  signal: AbortSignal,
): Promise<readonly PreparedEntry[]> {
  using deadline = startDeadline(signal, [{ name: 'the time to find out transports', ms: detectionMs }])
  const limit = pLimit(maxDetections)
  const detected = entries.map((entry) =>
    limit(async (): Promise<PreparedEntry> => {
      if ('error' in entry || !entry.filled.isUndetermined || entry.filled.unresolved.length > 0) return entry
      const { config } = entry.filled
      if (config.transport === 'stdio' || deadline.signal.aborted) return entry
      if (policy === 'SKIP' && (await servers.getByName(entry.name))) return entry
      return { ...entry, filled: { ...entry.filled, config: await detectTransport(config, deadline.signal) } }
    }),
  )
  return await Promise.all(detected)
}
