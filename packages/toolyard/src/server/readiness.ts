import type { Registry } from '@toolyard/core'

/** Time for which a result is kept, in ms: frequent probes must not load the database. */
const keptMs = 500

/** Creates a check whether the storage of the registry can be used. Its result may be half a second old. */
export function createReadiness(registry: Pick<Registry, 'checkStorage'>): () => Promise<boolean> {
  let known: { readonly isReady: boolean; readonly until: number } | undefined
  let asking: Promise<boolean> | undefined

  async function ask(): Promise<boolean> {
    // Whatever the error is, no client can be served.
    const isReady = await registry.checkStorage().then(
      () => true,
      () => false,
    )
    known = { isReady, until: performance.now() + keptMs }
    asking = undefined
    return isReady
  }

  return async () => {
    if (known && performance.now() < known.until) return known.isReady
    asking ??= ask()
    return asking
  }
}
