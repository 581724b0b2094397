import type { ServerId } from '../base/ids.ts'

/** Limits the requests to one server at a time; more wait in the order in which they came. */
export interface RequestLimiter {
  /** Waiting requests, to all servers. */
  readonly waiting: number
  /** Whether `acquire` would resolve without waiting. */
  isFree(serverId: ServerId): boolean
  /** The function that gives the slot back, if it is free. */
  tryAcquire(serverId: ServerId): (() => void) | undefined
  /** Resolves with the function that gives the slot back. Rejects with the signal's reason. */
  acquire(serverId: ServerId, signal: AbortSignal): Promise<() => void>
}

interface Lane {
  taken: number
  readonly waiting: Set<() => void>
}

export function createRequestLimiter(perServer: number): RequestLimiter {
  const lanes = new Map<ServerId, Lane>()

  function laneOf(serverId: ServerId): Lane {
    const known = lanes.get(serverId)
    if (known) return known
    const lane: Lane = { taken: 0, waiting: new Set() }
    lanes.set(serverId, lane)
    return lane
  }

  function release(serverId: ServerId, lane: Lane): void {
    const [next] = lane.waiting
    if (next) {
      // Passes the slot on directly, so that a new request stands behind those that wait.
      lane.waiting.delete(next)
      next()
      return
    }
    lane.taken -= 1
    if (lane.taken === 0) lanes.delete(serverId)
  }

  return {
    get waiting() {
      let waiting = 0
      for (const lane of lanes.values()) waiting += lane.waiting.size
      return waiting
    },
    isFree: (serverId) => (lanes.get(serverId)?.taken ?? 0) < perServer,
    tryAcquire(serverId) {
      const lane = laneOf(serverId)
      if (lane.taken >= perServer) return undefined
      lane.taken += 1
      return () => release(serverId, lane)
    },
    async acquire(serverId, signal) {
      const lane = laneOf(serverId)
      if (lane.taken < perServer) lane.taken += 1
      else await inLine(lane.waiting, signal)
      return () => release(serverId, lane)
    },
  }
}

/** Waits until a release takes this waiter out of the line and calls it, or the signal aborts. */
function inLine(line: Set<() => void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = () => {
    line.delete(onTurn)
    reject(signal.reason)
  }
  const onTurn = () => {
    signal.removeEventListener('abort', onAbort)
    resolve()
  }
  if (signal.aborted) onAbort()
  else {
    line.add(onTurn)
    signal.addEventListener('abort', onAbort, { once: true })
  }
  return promise
}
