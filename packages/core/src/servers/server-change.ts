import { parseId, type ServerId } from '../base/ids.ts'
import type { Write } from '../storage/write.ts'
import { fieldNames } from './input.ts'

/** The target of an audit entry. Text that is no server id is left out: it may be anything, even a secret. */
export function targetOf(id: string): { readonly targetId?: ServerId } {
  const targetId = parseId('server', id)
  return targetId ? { targetId } : {}
}

/** The members that an input names, without their values, which may be secrets. */
export function fieldsOf(input: object): readonly string[] {
  // The input is not checked yet, and may be null.
  return Object.keys(input ?? {}).filter((name) => fieldNames.has(name))
}

/** Appends a change of a server to the feed, which keeps the last `keep` events. */
export function feedWrite(
  type: 'McpServerCreated' | 'McpServerUpdated' | 'McpServerDeleted',
  serverId: ServerId,
  keep: number,
): Write {
  return { kind: 'appendServerEvents', at: Date.now(), events: [{ type, serverId }], keep }
}
