import { invalidInput } from '../base/errors.ts'
import type { SortKey } from './filters.ts'
import type { Rank } from './rank.ts'

/** A cursor names its list, order or log, so that a cursor of another one is refused and not misread. */
function encode(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function decode(cursor: string): readonly unknown[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(parts) ? parts : undefined
  } catch {
    // Not JSON, so not a cursor: the callers below throw.
    return undefined
  }
}

/** `scope` names the list and its order: "servers:NAME". */
export function encodeKey(scope: string, key: SortKey): string {
  return encode([scope, key.value, key.id])
}

/** Throws INVALID_INPUT unless {@link encodeKey} made the cursor for this scope. */
export function decodeKey(scope: string, cursor: string, argument: string): SortKey {
  const [found, value, id, ...rest] = decode(cursor) ?? []
  const isKey = typeof value === 'string' || typeof value === 'number'
  if (found !== scope || !isKey || typeof id !== 'string' || rest.length > 0) {
    throw invalidInput([argument], `${argument}: expected a cursor of this list in this order, got another string`)
  }
  return { value, id }
}

/** `scope` names the search. */
export function encodeRank(scope: string, { score, name, id }: Rank): string {
  return encode([scope, score, name, id])
}

/** Undefined unless {@link encodeRank} made the cursor for this scope. */
export function decodeRank(scope: string, cursor: string): Rank | undefined {
  const [found, score, name, id, ...rest] = decode(cursor) ?? []
  if (found !== scope || rest.length > 0) return undefined
  if (typeof score !== 'number' || typeof name !== 'string' || typeof id !== 'string') return undefined
  return { score, name, id }
}

/** `log` is a job's id, or "servers". */
export function encodeSeq(log: string, seq: number): string {
  return encode([log, seq])
}

/** Throws INVALID_INPUT unless {@link encodeSeq} made the cursor for this log. */
export function decodeSeq(log: string, cursor: string): number {
  const [found, seq, ...rest] = decode(cursor) ?? []
  if (found !== log || typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0 || rest.length > 0) {
    throw invalidInput(['after'], 'after: expected a cursor of these events, got another string')
  }
  return seq
}
