/**
 * The buffers of large messages, each of which holds the bytes of one. The collector sees small objects, and would leave their
 * memory, tens of megabytes a message, for long; so its reader frees them.
 */
const owned = new WeakSet<ArrayBufferLike>()

/** The last one that was freed: its memory is there already. The collector takes it unless another message comes soon. */
let spare: WeakRef<ArrayBuffer> | undefined

/** A buffer of at least `least` bytes, and of `wanted` where it has to be made. */
export function takeLargeBuffer(least: number, wanted: number): Buffer {
  const free = spare?.deref()
  const isEnough = free !== undefined && free.byteLength >= least
  if (isEnough) spare = undefined
  const buffer = isEnough ? Buffer.from(free) : Buffer.allocUnsafeSlow(Math.max(least, wanted))
  owned.add(buffer.buffer)
  return buffer
}

/** Frees the memory of those of the parts that {@link takeLargeBuffer} made. All views of it are empty from then on. */
export function freeLargeBuffers(parts: readonly Buffer[]): void {
  for (const { buffer } of parts) {
    if (!(buffer instanceof ArrayBuffer && owned.delete(buffer))) continue
    const kept = spare?.deref()
    // Without a copy. The old one is detached: what still has a view of it cannot see the next message.
    if (kept === undefined || kept.byteLength < buffer.byteLength) spare = new WeakRef(buffer.transfer())
    else buffer.transfer(0)
  }
}

/** `release`, which also frees the memory of the parts. */
export function freeing(parts: readonly Buffer[], release: () => void): () => void {
  if (!parts.some(({ buffer }) => owned.has(buffer))) return release
  return () => {
    freeLargeBuffers(parts)
    release()
  }
}
