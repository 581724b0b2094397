import { crc32 } from 'node:zlib'

/**
 * A file of the log is a list of frames: the length of the text in bytes, its CRC-32, both combined as a check of these two,
 * each as 32 bits with the lowest byte first, and the text in UTF-8. The first frame is a header. A file without a byte
 * is an empty log.
 */
const headBytes = 12
const headMark = 0x746f6f6c

/**
 * Ends what counts in a file: its owner does not rely on what it appended behind. No frame has these bytes: UTF-8 never
 * has 0xff, and the highest byte of a length is 0.
 */
export const fence = Buffer.alloc(16, 0xff)

/** Frames one behind the other, and the offset of the byte behind each. */
export interface FrameBatch {
  readonly bytes: Buffer
  readonly ends: readonly number[]
}

/** Bytes that a UTF-16 unit takes at most. */
const mostUnitBytes = 3
/** Frames are made here, and copied by the write to their file: a buffer for each would be garbage of its size. */
const room = Buffer.allocUnsafeSlow(128 * 1_024)

/** The frames of the texts. Their bytes hold until the next call. */
export function framesOf(texts: readonly string[]): FrameBatch {
  let most = 0
  for (const text of texts) most += headBytes + text.length * mostUnitBytes
  const bytes = most > room.length ? Buffer.allocUnsafe(most) : room
  const ends: number[] = []
  let end = 0
  for (const text of texts) {
    end = putFrame(bytes, end, text)
    ends.push(end)
  }
  return { bytes: bytes.subarray(0, end), ends }
}

/** Writes a frame to the offset `at`, and answers that of the byte behind it. */
function putFrame(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + headBytes)
  const end = at + headBytes + length
  const checksum = crc32(bytes.subarray(at + headBytes, end))
  putUint32(bytes, at, length)
  putUint32(bytes, at + 4, checksum)
  putUint32(bytes, at + 8, headCheck(length, checksum))
  return end
}

/** As `writeUInt32LE`, whose checks of its arguments cost more than the rest of a frame. */
function putUint32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

function headCheck(length: number, checksum: number): number {
  return (length ^ checksum ^ headMark) >>> 0
}

export interface Frame {
  readonly text: string
  /** The offset of the byte behind it. */
  readonly end: number
}

export interface Frames {
  readonly frames: readonly Frame[]
  /** The offset of the first byte that is neither a frame nor the beginning of a last one that was not written to its end. */
  readonly damagedAt: number | undefined
}

/** Reads frames up to the first that is incomplete or damaged. */
export function readFrames(bytes: Buffer): Frames {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= headBytes) {
    const length = bytes.readUInt32LE(at)
    const checksum = bytes.readUInt32LE(at + 4)
    if (bytes.readUInt32LE(at + 8) !== headCheck(length, checksum)) return { frames, damagedAt: at }
    const end = at + headBytes + length
    if (end > bytes.length) break
    const text = bytes.subarray(at + headBytes, end)
    if (crc32(text) !== checksum) return { frames, damagedAt: at }
    frames.push({ text: text.toString(), end })
    at = end
  }
  return { frames, damagedAt: undefined }
}

/** The offset of the fence; without one, the length of the bytes. */
export function endOf(bytes: Buffer): number {
  const found = bytes.indexOf(fence)
  return found < 0 ? bytes.length : found
}
