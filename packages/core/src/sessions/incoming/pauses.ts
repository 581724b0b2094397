/** Where bytes come from: a socket, a pipe, a decompression. */
export interface Source {
  pause(): void
  resume(): void
}

/** Keeps a source paused for as long as there is a reason. */
export interface Pauses {
  readonly isHeld: boolean
  /** Answers the function that ends this reason. */
  hold(): () => void
}

export function createPauses(source: Source): Pauses {
  let reasons = 0
  return {
    get isHeld() {
      return reasons > 0
    },
    hold() {
      reasons += 1
      if (reasons === 1) source.pause()
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        reasons -= 1
        if (reasons === 0) source.resume()
      }
    },
  }
}
