/** What `work` makes of each item, in their order, at most `limit` of them at a time. */
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
    // Looked at only when its turn comes.
    result.catch(() => undefined)
    running.push(result)
  }
  for (const result of running) yield await result
}
