/** Shorter chunks are copied together: each one kept by itself costs more than its bytes. */
const copiedBelow = 16 * 1024
const firstRoom = 4 * 1024
const mostRoom = 64 * 1024

/** Bytes of one message, as they come. However small the chunks are, it takes at most about twice the memory of the bytes. */
export interface CollectedBytes {
  readonly size: number
  add(chunk: Buffer): void
  /** Hands over what came so far, and starts anew. */
  take(): Buffer[]
}

export function createCollectedBytes(): CollectedBytes {
  let parts: Buffer[] = []
  let size = 0
  /** What small chunks are copied into, and how much of it is used; it becomes a part once it is full. */
  let room: Buffer | undefined
  let used = 0

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

  return {
    get size() {
      return size
    },
    add(chunk) {
      // The first one stays as it is: most messages come whole.
      if (size === 0 || chunk.length >= copiedBelow) {
        closeRoom()
        parts.push(chunk)
      } else copy(chunk)
      size += chunk.length
    },
    take() {
      closeRoom()
      const taken = parts
      parts = []
      size = 0
      return taken
    },
  }
}
