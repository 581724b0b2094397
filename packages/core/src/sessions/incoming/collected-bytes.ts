import { freeLargeBuffers, takeLargeBuffer } from './large-buffers.ts'

/** Chunks below this many bytes are copied together: each one kept by itself costs more than its bytes. */
const copiedBelow = 16 * 1024
const firstRoom = 4 * 1024
const mostRoom = 64 * 1024

/** Messages from this many bytes on stand in one buffer, so that completing them copies nothing. */
const wholeFrom = 256 * 1024
const firstWhole = 1024 * 1024

/** Bytes of one message, as they arrive. Takes at most about twice their memory, however small the chunks are. */
export class CollectedBytes {
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #size = 0
  /** Buffer that small chunks are copied into, which becomes a part once it is full. */
  #room: Buffer | undefined
  #used = 0
  /** The buffer of a message that is not small, behind which `#parts` has at most one chunk. */
  #whole: Buffer | undefined
  #filled = 0

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

  /** Hands over the bytes so far, and starts anew. `freeLargeBuffers` frees them. */
  take(): readonly Buffer[] {
    const taken = this.#bytes()
    this.#parts = []
    this.#whole = undefined
    this.#filled = 0
    this.#size = 0
    return taken
  }

  #bytes(): readonly Buffer[] {
    this.#closeRoom()
    return this.#whole ? [this.#whole.subarray(0, this.#filled), ...this.#parts] : this.#parts
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
    const whole = this.#whole ?? this.#moveInto(firstWhole, chunk.length)
    const isFull = this.#parts.length > 0 || this.#filled + chunk.length > whole.length
    if (!isFull) this.#fill(whole, chunk)
    // A large message waits for its turn after this chunk: only the one after it is worth a larger buffer.
    else if (this.#parts.length === 0) this.#parts.push(chunk)
    else this.#fill(this.#moveInto(this.#maxBytes, chunk.length), chunk)
  }

  #fill(whole: Buffer, part: Buffer): void {
    this.#filled += part.copy(whole, this.#filled)
  }

  /** Moves the bytes so far into a buffer of `wanted` bytes, or with room for `more`. What is not written yet costs nothing. */
  #moveInto(wanted: number, more: number): Buffer {
    const before = this.#bytes()
    const whole = takeLargeBuffer(this.#size + more, Math.min(wanted, this.#maxBytes))
    this.#filled = 0
    for (const part of before) this.#fill(whole, part)
    freeLargeBuffers(before)
    this.#parts = []
    this.#whole = whole
    return whole
  }
}
