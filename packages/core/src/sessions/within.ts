/** What a promise resolves with within `ms`; undefined if it takes longer. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms === Number.POSITIVE_INFINITY) return await promise
  const { promise: passed, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  try {
    return await Promise.race([promise, passed])
  } finally {
    clearTimeout(timer)
  }
}
