/** A duration for people: `12 ms`, `1.2 s`, `2 min 5 s`, `3 h 12 min`. */
export function durationInWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(ms / 60_000)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** The duration of an operation in progress, in seconds from the start, so that its unit does not change at once. */
export function elapsedInWords(ms: number): string {
  return ms < 1_000 ? `${(ms / 1_000).toFixed(1)} s` : durationInWords(ms)
}
