/** Yields the result of `work` for each item in order, with at most `limit` in progress. */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = []
  for (const item of items) {
    if (running.length === limit) {
      const first = running.shift()
      if (first) yield await first
    }
    const result = work(item)
    // A rejection is handled when its turn comes.
    result.catch(() => undefined)
    running.push(result)
  }
  for (const result of running) yield await result
}
