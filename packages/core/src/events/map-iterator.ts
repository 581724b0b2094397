/** `source` with each value mapped, those that map to undefined left out. Ending it ends `source` at once. */
export function mapIterator<From, To>(
  source: AsyncIterableIterator<From>,
  map: (value: From) => Promise<To | undefined>,
): AsyncIterableIterator<To> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      for (;;) {
        const step = await source.next()
        if (step.done) return { done: true, value: undefined }
        const value = await map(step.value)
        if (value !== undefined) return { done: false, value }
      }
    },
    async return() {
      await source.return?.()
      return { done: true, value: undefined }
    },
  }
}
