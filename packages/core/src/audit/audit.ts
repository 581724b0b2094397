import { isRegistryError } from '../base/errors.ts'
import { createAuditEventId } from '../base/ids.ts'
import { checkActor } from '../model/actor.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { AuditFilter, AuditSort } from '../model/filters.ts'
import { type ListOrder, pageRequest } from '../model/pages.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { AuditApi, AuditEvent, AuditInput } from './api.ts'
import { createRefusalSums } from './refusal-sums.ts'

/** The audit of a tenant, as the registry's own operations write it. */
export interface AuditLog extends AuditApi {
  /** The write that records a change, to be committed together with it. */
  done(input: AuditInput): Write
  /**
   * Runs `work` and passes its result on. A refusal is recorded before the caller receives it, or counted if three equal ones
   * of the same minute are recorded.
   */
  orRefused<Value>(input: AuditInput, work: () => Promise<Value>): Promise<Value>
  /** Records the refusals that are only counted so far. */
  close(): Promise<void>
}

const order: ListOrder<AuditSort, AuditRecord> = {
  name: 'audit',
  defaultSort: 'AT',
  defaultDirection: 'DESC',
  key: ({ at, id }) => ({ value: at, id }),
}

function toEvent({ at, firstAt, lastAt, ...event }: AuditRecord): AuditEvent {
  return { ...event, at: new Date(at), firstAt: new Date(firstAt), lastAt: new Date(lastAt) }
}

function toRecord({ action, ...given }: AuditInput): AuditRecord {
  checkActor(given.actor)
  const { actor = null, refusedWith = null, targetId = null, targetName = null, fields = [] } = given
  const at = Date.now()
  const when = { at, count: 1, firstAt: at, lastAt: at }
  return { id: createAuditEventId(), ...when, actor, action, refusedWith, targetId, targetName, fields }
}

/** Codes of errors that the caller did not cause. */
const ownFaults: ReadonlySet<string> = new Set(['CLOSED', 'INTERNAL', 'STORAGE_UNAVAILABLE'])

export function createAuditLog(storage: TenantStorage, onError: (error: unknown) => void): AuditLog {
  const append = (event: AuditRecord): Write => ({ kind: 'appendAudit', event })
  const emptyFilter: AuditFilter = {}
  const sums = createRefusalSums({
    commit: (writes) => storage.commit(writes),
    createId: createAuditEventId,
    onError,
  })
  return {
    async list(options = {}) {
      const { query, toPage } = pageRequest(order, emptyFilter, options)
      return toPage(await storage.audit.page(query), toEvent)
    },
    count: (filter = {}) => storage.audit.count(filter),
    async record(input) {
      const event = toRecord(input)
      await (event.refusedWith === null ? storage.commit([append(event)]) : sums.add(event))
    },
    done: (input) => append(toRecord(input)),
    async orRefused(input, work) {
      try {
        return await work()
      } catch (error) {
        if (isRegistryError(error) && !ownFaults.has(error.code)) {
          // A failure to record the refusal must not replace it.
          await sums.add(toRecord({ ...input, refusedWith: error.code })).catch(onError)
        }
        throw error
      }
    },
    close: () => sums.close(),
  }
}
