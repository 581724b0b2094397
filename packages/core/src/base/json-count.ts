import { endOfText } from './json-text.ts'
import { slices } from './slices.ts'

/** Steps between two checks of the clock. A string that is skipped at once counts as one step per 64 bytes. */
const stepsALook = 4_096
const bytesAStep = 64

const [quote, comma, openList, closeList, openObject, closeObject] = [0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Whether a JSON text has more than `limit` values, counted in slices, without creating any. Invalid JSON has some
 * count, too, unless a string in it has no end.
 */
export async function hasMoreValues(bytes: Buffer, limit: number): Promise<boolean> {
  let values = 1
  let openedAt = -1
  let steps = 0
  for (let at = 0; at < bytes.length; at += 1) {
    steps += 1
    if (steps >= stepsALook) {
      steps = 0
      if (values > limit) return true
      if (slices.isOver) await slices.next()
    }
    const byte = bytes[at]
    if (byte === quote) {
      const start = at
      for (let from = at + 1, isEnd = false; !isEnd; from = at + 1) {
        const next = endOfText(bytes, start, from)
        steps += (next.at - at) / bytesAStep
        at = next.at
        isEnd = next.isEnd
        if (steps >= stepsALook) {
          steps = 0
          if (slices.isOver) await slices.next()
        }
      }
    } else if (byte === comma) values += 1
    else if (byte === openList || byte === openObject) openedAt = at
    // A container has one member more than commas, unless it is empty.
    else if ((byte === closeList || byte === closeObject) && at !== openedAt + 1) values += 1
  }
  return values > limit
}
