/** Chunks below this many bytes are copied together: each one kept by itself costs more than its bytes. */
const copiedBelow = 16 * 1024
const firstRoom = 4 * 1024
const mostRoom = 64 * 1024

/** Messages from this many bytes on stand in one buffer, so that completing them copies nothing. */
const wholeFrom = 256 * 1024
const firstWhole = 1024 * 1024
/** Factor by which the next buffer is larger: the last one is left to the collector, and what was not written yet costs nothing. */
const wholeGrowth = 16

/** Bytes of one message, as they arrive. Takes at most about twice their memory, however small the chunks are. */
export class CollectedBytes {
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #size = 0
  /** Buffer that small chunks are copied into, which becomes a part once it is full. */
  #room: Buffer | undefined
  #used = 0
  #whole: Buffer | undefined

  /** For at most `maxBytes` bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get size(): number {
    return this.#size
  }

  add(chunk: Buffer): void {
    if (this.#size + chunk.length > wholeFrom) this.#addToWhole(chunk)
    // Keeps the first chunk as it is: most messages come whole.
    else if (this.#size === 0 || chunk.length >= copiedBelow) {
      this.#closeRoom()
      this.#parts.push(chunk)
    } else this.#copy(chunk)
    this.#size += chunk.length
  }

  /** Hands over the bytes so far, and starts anew. */
  take(): Buffer[] {
    this.#closeRoom()
    const taken = this.#whole ? [this.#whole.subarray(0, this.#size)] : this.#parts
    this.#parts = []
    this.#whole = undefined
    this.#size = 0
    return taken
  }

  #closeRoom(): void {
    if (this.#room && this.#used > 0) this.#parts.push(this.#room.subarray(0, this.#used))
    this.#room = undefined
    this.#used = 0
  }

  #copy(chunk: Buffer): void {
    if (!this.#room || this.#room.length - this.#used < chunk.length) {
      const before = this.#room?.length ?? firstRoom / 2
      this.#closeRoom()
      this.#room = Buffer.allocUnsafe(Math.max(chunk.length, Math.min(mostRoom, before * 2)))
    }
    this.#used += chunk.copy(this.#room, this.#used)
  }

  #addToWhole(chunk: Buffer): void {
    const needed = this.#size + chunk.length
    if (!this.#whole || this.#whole.length < needed) {
      const larger = (this.#whole?.length ?? firstWhole / wholeGrowth) * wholeGrowth
      const next = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(larger, this.#maxBytes)))
      this.#closeRoom()
      let at = 0
      for (const part of this.#whole ? [this.#whole.subarray(0, this.#size)] : this.#parts) at += part.copy(next, at)
      this.#parts = []
      this.#whole = next
    }
    chunk.copy(this.#whole, this.#size)
  }
}
