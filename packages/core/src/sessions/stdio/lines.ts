/** Cuts a byte stream into lines. It copies each byte once, however many chunks a line comes in. */
export interface LineSplitter {
  push(chunk: Buffer): void
  /** Hands over what came after the last newline, at the end of the stream. */
  flush(): void
}

/** `onLine` gets each line without its end; a line over `maxBytes` goes to `onTooLong` instead, once, and is dropped. */
export function createLineSplitter(
  maxBytes: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): LineSplitter {
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer) => {
    const fitted = size <= maxBytes
    size += part.length
    if (size <= maxBytes) parts.push(part)
    else if (fitted) {
      parts = []
      onTooLong()
    }
  }
  const end = () => {
    if (size > 0 && size <= maxBytes) onLine(Buffer.concat(parts).toString('utf8').replace(/\r$/, ''))
    parts = []
    size = 0
  }
  return {
    push(chunk) {
      let start = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, start)) {
        add(chunk.subarray(start, at))
        end()
        start = at + 1
      }
      if (start < chunk.length) add(chunk.subarray(start))
    },
    flush: end,
  }
}
