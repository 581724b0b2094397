import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ifInterrupted } from './leftovers.ts'

export interface TemporaryFolder {
  readonly path: string
  remove(): Promise<void>
}

/** A new folder. Whoever asked for it removes it; it goes with the process where that is interrupted. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'toolyard-bench-'))
  const isRemoved = ifInterrupted(() => rmSync(path, { recursive: true, force: true }))
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true })
      isRemoved()
    },
  }
}
