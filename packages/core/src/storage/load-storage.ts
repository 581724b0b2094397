import { RegistryError } from '../base/errors.ts'
import type { MaintainedStorage } from './maintenance.ts'
import type { StorageAdapter } from './storage.ts'

function isMissing(error: unknown, packages: readonly string[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  const isNotFound = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND'
  // A missing module of another name would be a fault of toolyard.
  return isNotFound && packages.some((name) => error.message.includes(`'${name}'`))
}

/**
 * A storage that loads its driver on first use. If an optional peer dependency is missing, the error names the packages to
 * install (STORAGE_INVALID) in place of a module that cannot be found.
 */
export function loadedWhenUsed(
  name: string,
  packages: readonly string[],
  keys: Pick<StorageAdapter, 'masterKeys'>,
  load: () => Promise<MaintainedStorage>,
): MaintainedStorage {
  let loaded: Promise<MaintainedStorage> | undefined
  const storage = () => {
    loaded ??= load().catch((cause: unknown) => {
      if (!isMissing(cause, packages)) throw cause
      const message = `${name} needs packages that are not installed: npm install ${packages.join(' ')}`
      throw new RegistryError('STORAGE_INVALID', message, { cause })
    })
    return loaded
  }
  return {
    ...keys,
    open: async () => (await storage()).open(),
    maintenance: {
      status: async () => (await storage()).maintenance.status(),
      migrate: async () => (await storage()).maintenance.migrate(),
      async *exportLines() {
        return yield* (await storage()).maintenance.exportLines()
      },
      importLines: async (lines, options) => (await storage()).maintenance.importLines(lines, options),
    },
  }
}
