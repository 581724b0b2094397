export const scopes = ['read', 'run', 'write', 'admin'] as const
/** A permission: to read, to run tools, to change servers and tools, to read the audit log. */
export type Scope = (typeof scopes)[number]

interface Identity {
  /** Id of the key, for limits and the audit log. */
  readonly id: string
  /** When the access expires, in epoch ms; null: never. */
  readonly expiresAt: number | null
  /** Aborted when the access is revoked before it expires: its sockets are closed and its event streams end. */
  readonly revoked?: AbortSignal
}

/** On whose behalf an operation is executed. */
export interface Caller extends Identity {
  /** The tenant whose servers, tools and jobs the operation sees and changes. */
  readonly tenant: string
  readonly scopes: ReadonlySet<Scope>
}

/** A principal that may see the metrics of the process. It belongs to no tenant, and no operation is executed for it. */
export interface Operator extends Identity {
  readonly tenant: null
}

/** The caller of every request while the handler has no `authenticate`. */
export const anonymous: Caller = { tenant: 'default', scopes: new Set(scopes), id: 'anonymous', expiresAt: null }
