/** Shorter chunks are copied together: each one kept by itself costs more than its bytes. */
const copiedBelow = 16 * 1024
const firstRoom = 4 * 1024
const mostRoom = 64 * 1024

/** Longer messages stand in one buffer, so that nothing is copied once they are complete. */
const wholeFrom = 256 * 1024
const firstWhole = 1024 * 1024
/** How much larger the next one is. Of memory that was not written yet, the system gives none. */
const wholeGrowth = 8

/** Bytes of one message, as they come. However small the chunks are, it takes at most about twice the memory of the bytes. */
export interface CollectedBytes {
  readonly size: number
  add(chunk: Buffer): void
  /** Hands over what came so far, and starts anew. */
  take(): Buffer[]
}

/** For at most so many bytes. */
export function createCollectedBytes(maxBytes: number): CollectedBytes {
  let parts: Buffer[] = []
  let size = 0
  /** What small chunks are copied into, and how much of it is used; it becomes a part once it is full. */
  let room: Buffer | undefined
  let used = 0
  let whole: Buffer | undefined

  function closeRoom(): void {
    if (room && used > 0) parts.push(room.subarray(0, used))
    room = undefined
    used = 0
  }

  function copy(chunk: Buffer): void {
    if (!room || room.length - used < chunk.length) {
      const before = room?.length ?? firstRoom / 2
      closeRoom()
      room = Buffer.allocUnsafe(Math.max(chunk.length, Math.min(mostRoom, before * 2)))
    }
    used += chunk.copy(room, used)
  }

  function addToWhole(chunk: Buffer): void {
    const needed = size + chunk.length
    if (!whole || whole.length < needed) {
      const larger = (whole?.length ?? firstWhole / wholeGrowth) * wholeGrowth
      const next = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(larger, maxBytes)))
      closeRoom()
      let at = 0
      for (const part of whole ? [whole.subarray(0, size)] : parts) at += part.copy(next, at)
      parts = []
      whole = next
    }
    chunk.copy(whole, size)
  }

  return {
    get size() {
      return size
    },
    add(chunk) {
      if (size + chunk.length > wholeFrom) addToWhole(chunk)
      // The first one stays as it is: most messages come whole.
      else if (size === 0 || chunk.length >= copiedBelow) {
        closeRoom()
        parts.push(chunk)
      } else copy(chunk)
      size += chunk.length
    },
    take() {
      closeRoom()
      const taken = whole ? [whole.subarray(0, size)] : parts
      parts = []
      whole = undefined
      size = 0
      return taken
    },
  }
}
