/** The bytes of one message. */
export interface Frame {
  readonly parts: readonly Buffer[]
  readonly size: number
  /** Gives back the message's part of the budgets of large messages. Call it once the message is read or dropped. */
  readonly release: () => void
}

export const emptyFrame: Frame = { parts: [], size: 0, release: () => undefined }

/** The bytes in one buffer, without a byte order mark. */
export function wholeOf({ parts }: Pick<Frame, 'parts'>): Buffer {
  const [first = Buffer.alloc(0)] = parts
  const whole = parts.length > 1 ? Buffer.concat(parts) : first
  return whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? whole.subarray(3) : whole
}

export const textOf = (frame: Pick<Frame, 'parts'>): string => wholeOf(frame).toString('utf8')

/** `latin1` has one character for each byte. */
type Encoding = 'utf8' | 'latin1'

/** The end of the text, at most `bytes` long. */
export function tailOf({ parts }: Pick<Frame, 'parts'>, bytes: number, encoding: Encoding = 'utf8'): string {
  const tail: Buffer[] = []
  for (let left = bytes, at = parts.length - 1; left > 0 && at >= 0; at -= 1) {
    const part = parts[at]?.subarray(-left)
    if (!part) break
    tail.unshift(part)
    left -= part.length
  }
  return Buffer.concat(tail).toString(encoding)
}

/** The beginning of the text, at most `bytes` long. */
export function headOf({ parts }: Pick<Frame, 'parts'>, bytes: number, encoding: Encoding = 'utf8'): string {
  const head: Buffer[] = []
  for (let left = bytes, at = 0; left > 0 && at < parts.length; at += 1) {
    const part = parts[at]?.subarray(0, left)
    if (!part) break
    head.push(part)
    left -= part.length
  }
  return Buffer.concat(head).toString(encoding)
}
