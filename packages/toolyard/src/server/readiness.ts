import type { Registry } from '@toolyard/core'

/** However often it is asked, the database is asked so often at most, in ms. */
const keptMs = 500

/** Whether the storage of the registry can be used, as it was found at most half a second ago. */
export function createReadiness(registry: Pick<Registry, 'checkStorage'>): () => Promise<boolean> {
  let known: { readonly isReady: boolean; readonly until: number } | undefined
  let asking: Promise<boolean> | undefined

  async function ask(): Promise<boolean> {
    // Whatever it fails with, nobody can be served.
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
