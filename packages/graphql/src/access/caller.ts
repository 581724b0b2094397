export const scopes = ['read', 'run', 'write', 'admin'] as const
/** What a caller may do: read what there is, run tools, change servers and tools, see what operators see. */
export type Scope = (typeof scopes)[number]

interface Known {
  /** Who it is, for limits and the audit: the id of a key. */
  readonly id: string
  /** Epoch ms from which on it is nobody any more; null never. */
  readonly expiresAt: number | null
  /** Aborted when it is nobody any more before its time: its sockets are closed and its event streams end. */
  readonly revoked?: AbortSignal
}

/** On whose behalf an operation is executed. */
export interface Caller extends Known {
  /** Whose servers, tools and jobs the operation works on, and sees. */
  readonly tenant: string
  readonly scopes: ReadonlySet<Scope>
}

/** Who may see the metrics of the whole process. It belongs to no tenant, and no operation is executed for it. */
export interface Operator extends Known {
  readonly tenant: null
}

/** The caller where nobody is asked who they are. */
export const anybody: Caller = { tenant: 'default', scopes: new Set(scopes), id: 'anonymous', expiresAt: null }
