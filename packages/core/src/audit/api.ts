import type { ActorOptions } from '../model/actor.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { AuditFilter, AuditSort } from '../model/filters.ts'
import type { ListOptions, Page } from '../model/pages.ts'

export type AuditListOptions = ListOptions<AuditFilter, AuditSort>

/** A change, or refusals that were counted together: `count` of them from `firstAt` to `lastAt`. */
export interface AuditEvent extends Omit<AuditRecord, 'at' | 'firstAt' | 'lastAt'> {
  readonly at: Date
  readonly firstAt: Date
  readonly lastAt: Date
}

/** An event to record. Every member except `action` may be omitted. */
export type AuditInput = Pick<AuditRecord, 'action'> &
  Partial<Omit<AuditRecord, 'id' | 'at' | 'count' | 'firstAt' | 'lastAt' | 'action' | 'actor'>> &
  ActorOptions

/**
 * The audit of a tenant: which actor changed what, and what was refused to which actor. The registry records its own changes
 * and refusals. Events never change, hold no secrets, and are kept for `auditDays` (`RegistryOptions.budgets`).
 */
export interface AuditApi {
  /**
   * A page of events, the newest first unless `orderBy` says otherwise.
   *
   * @throws INVALID_INPUT for a page size out of range, or a cursor of another list
   */
  list(options?: AuditListOptions): Promise<Page<AuditEvent>>
  count(filter?: AuditFilter): Promise<number>
  /**
   * Records what the registry cannot see: changes of keys, and operations that a layer above refuses (`refusedWith`). Of
   * equal refusals in a minute, by actor, action, target and code, the first three are recorded at once. The rest become
   * one event with their count.
   *
   * @throws INVALID_INPUT for an actor of more than 255 characters
   */
  record(input: AuditInput): Promise<void>
}
