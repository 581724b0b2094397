import type { SystemWrite, Write } from './write.ts'

const kinds: ReadonlySet<(Write | SystemWrite)['kind']> = new Set<Write['kind']>([
  'insertServer',
  'updateServer',
  'deleteServer',
  'insertTools',
  'redefineTools',
  'removeTools',
  'forgetTools',
  'approveTool',
  'acceptHints',
  'setTool',
  'insertFeatures',
  'redefineFeatures',
  'removeFeatures',
  'forgetFeatures',
  // Rare: at consents and renewals of tokens.
  'setOAuthGrant',
])

/** Whether the writes change servers (their states aside), tools, other definitions or OAuth grants. */
export function changesCatalog(writes: readonly (Write | SystemWrite)[]): boolean {
  return writes.some(({ kind }) => kinds.has(kind))
}

const indexed: ReadonlySet<(Write | SystemWrite)['kind']> = new Set<Write['kind']>([
  'updateServer',
  'insertTools',
  'redefineTools',
  'approveTool',
  'insertFeatures',
  'redefineFeatures',
])

/** Whether the writes may change the words by which searches find something. */
export function changesIndex(writes: readonly (Write | SystemWrite)[]): boolean {
  return writes.some(({ kind }) => indexed.has(kind))
}
