import type { Write } from './storage.ts'

const kinds: ReadonlySet<Write['kind']> = new Set<Write['kind']>([
  'insertServer',
  'updateServer',
  'deleteServer',
  'insertTools',
  'redefineTools',
  'removeTools',
  'setTool',
])

/** Whether servers (their states aside) or tools are other than before once these are written. */
export function changesCatalog(writes: readonly Write[]): boolean {
  return writes.some(({ kind }) => kinds.has(kind))
}
