import { uuidv7obj } from 'uuidv7'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** `mcps_…` */
export type ServerId = Branded<'ServerId'>
/** `tool_…` */
export type ToolId = Branded<'ToolId'>
/** `refr_…` */
export type RefreshId = Branded<'RefreshId'>
/** `run_…` */
export type RunId = Branded<'RunId'>
export type JobId = RefreshId | RunId
/** A tenant's name: see `Registry.tenant`. */
export type TenantId = Branded<'TenantId'>
/** `ownr_…`: an open registry, which owns the jobs that it works on. */
export type NodeId = Branded<'NodeId'>

const prefixes = { server: 'mcps_', tool: 'tool_', refresh: 'refr_', run: 'run_' } as const

interface IdOf {
  server: ServerId
  tool: ToolId
  refresh: RefreshId
  run: RunId
}
export type IdKind = keyof IdOf

/** A new id. Ids of one kind sort by the time at which they were made (UUIDv7, RFC 9562 section 5.7). */
export function createId<Kind extends IdKind>(kind: Kind): IdOf[Kind] {
  // The one place where an id of this kind comes into being.
  return (prefixes[kind] + uuidv7obj().toHex()) as IdOf[Kind]
}

export function createNodeId(): NodeId {
  // As above.
  return `ownr_${uuidv7obj().toHex()}` as NodeId
}

/** `name` as a tenant's, or undefined where no tenant may have it. */
export function parseTenantId(name: string): TenantId | undefined {
  // Checked for the form that the brand stands for.
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(name) ? (name as TenantId) : undefined
}

/** The tenant of a registry that is asked for no other. */
export const defaultTenant = 'default' as TenantId // Of the form above.

/** `audt_…` */
export type AuditEventId = Branded<'AuditEventId'>

/** As {@link createId}. */
export function createAuditEventId(): AuditEventId {
  // As above.
  return `audt_${uuidv7obj().toHex()}` as AuditEventId
}

/** What `value` is the id of, by its form alone; undefined for what is no id of ours. */
export function idKind(value: string): IdKind | undefined {
  for (const kind of Object.keys(prefixes) as IdKind[]) {
    if (value.startsWith(prefixes[kind]) && /^[0-9a-f]{32}$/.test(value.slice(prefixes[kind].length))) return kind
  }
  return undefined
}

/** `value` as an id of `kind`, or undefined where its form is another. */
export function parseId<Kind extends IdKind>(kind: Kind, value: string): IdOf[Kind] | undefined {
  // idKind has just checked the form that the brand stands for.
  return idKind(value) === kind ? (value as IdOf[Kind]) : undefined
}
