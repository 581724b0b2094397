import { slices } from './slices.ts'

/** Characters that are worked on between two looks at the clock. */
const charsPerLook = 16 * 1024
/** Size from which parsing a page has used up a slice of the event loop, in bytes. */
const largePageBytes = 256 * 1024

/**
 * Takes the entries of a page of `bytes`, with turns for other work in between. `takeOne` answers about how many characters
 * it worked on.
 */
export async function takeInSlices(
  page: readonly unknown[],
  bytes: number,
  takeOne: (raw: unknown) => number,
): Promise<void> {
  if (bytes > largePageBytes) await slices.next()
  let chars = 0
  for (const raw of page) {
    if (chars > charsPerLook) {
      chars = 0
      if (slices.isOver) await slices.next()
    }
    chars += takeOne(raw)
  }
}
