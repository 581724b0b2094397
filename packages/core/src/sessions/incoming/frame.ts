/** The bytes of one message. */
export interface Frame {
  readonly parts: readonly Buffer[]
  readonly size: number
  /** Gives back what the message has of the budgets of large messages. To be called once it is read, or is not wanted. */
  readonly release: () => void
}

export const emptyFrame: Frame = { parts: [], size: 0, release: () => undefined }

/** The text of a message, without a byte order mark. */
export function textOf({ parts }: Pick<Frame, 'parts'>): string {
  const [first = Buffer.alloc(0)] = parts
  const text = (parts.length > 1 ? Buffer.concat(parts) : first).toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** The beginning of the text, of at most so many bytes. */
export function headOf({ parts }: Pick<Frame, 'parts'>, bytes: number): string {
  const head: Buffer[] = []
  for (let left = bytes, at = 0; left > 0 && at < parts.length; at += 1) {
    const part = parts[at]?.subarray(0, left)
    if (!part) break
    head.push(part)
    left -= part.length
  }
  return Buffer.concat(head).toString('utf8')
}
