import type { ActorOptions } from '../model/actor.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { AuditFilter, AuditSort } from '../model/filters.ts'
import type { ListOptions, Page } from '../model/pages.ts'

export type AuditListOptions = ListOptions<AuditFilter, AuditSort>

export interface AuditEvent extends Omit<AuditRecord, 'at' | 'firstAt' | 'lastAt'> {
  readonly at: Date
  readonly firstAt: Date
  readonly lastAt: Date
}

/** What is put on record; all but `action` may be left out. */
export type AuditInput = Pick<AuditRecord, 'action'> &
  Partial<Omit<AuditRecord, 'id' | 'at' | 'count' | 'firstAt' | 'lastAt' | 'action' | 'actor'>> &
  ActorOptions

/** Who changed what, and what was refused to whom. Nothing of it is ever changed or removed, and none of it is secret. */
export interface AuditApi {
  /** The newest first. Throws INVALID_INPUT. */
  list(options?: AuditListOptions): Promise<Page<AuditEvent>>
  count(filter?: AuditFilter): Promise<number>
  /**
   * For what the registry cannot see: keys, and operations that a layer above refuses. Of refusals with the same actor,
   * action, target and code in a minute the first three are on record at once, and the others are one record with their count.
   */
  record(input: AuditInput): Promise<void>
}
