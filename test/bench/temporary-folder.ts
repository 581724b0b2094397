import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ifInterrupted } from './leftovers.ts'

export interface TemporaryFolder {
  readonly path: string
  remove(): Promise<void>
}

/** Creates a folder, which the caller removes. If the process is interrupted, the folder is removed with it. */
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
