import { randomFillSync } from 'node:crypto'
import { V7Generator } from 'uuidv7'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** `mcps_…` */
export type ServerId = Branded<'ServerId'>
/** `tool_…` */
export type ToolId = Branded<'ToolId'>
/** `rsrc_…` */
export type ResourceId = Branded<'ResourceId'>
/** `rtpl_…` */
export type ResourceTemplateId = Branded<'ResourceTemplateId'>
/** `prmt_…` */
export type PromptId = Branded<'PromptId'>
/** `refr_…` */
export type RefreshId = Branded<'RefreshId'>
/** `run_…` */
export type RunId = Branded<'RunId'>
export type JobId = RefreshId | RunId
/** A tenant's name: see `Registry.tenant`. */
export type TenantId = Branded<'TenantId'>
/** `ownr_…`: an open registry, which owns the jobs that it runs. */
export type NodeId = Branded<'NodeId'>

const prefixes = {
  server: 'mcps_',
  tool: 'tool_',
  resource: 'rsrc_',
  resourceTemplate: 'rtpl_',
  prompt: 'prmt_',
  refresh: 'refr_',
  run: 'run_',
} as const

interface IdOf {
  server: ServerId
  tool: ToolId
  resource: ResourceId
  resourceTemplate: ResourceTemplateId
  prompt: PromptId
  refresh: RefreshId
  run: RunId
}
export type IdKind = keyof IdOf

/** Random numbers that are drawn ahead: a refresh creates an id for each new tool, and asking the system costs as much. */
const drawn = new Uint32Array(512)
let place = drawn.length

function nextUint32(): number {
  if (place === drawn.length) {
    randomFillSync(drawn)
    place = 0
  }
  const number = drawn[place] ?? 0
  place += 1
  return number
}

const generator = new V7Generator({ nextUint32 })

/** UUIDv7 in hex, above all before it (RFC 9562 section 5.7). */
function nextUuid(): string {
  const { buffer, byteOffset, byteLength } = generator.generate().bytes
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}

/** Creates an id. Ids of one kind sort by the time of their creation (UUIDv7, RFC 9562 section 5.7). */
export function createId<Kind extends IdKind>(kind: Kind): IdOf[Kind] {
  // The one place that creates ids of this kind.
  return (prefixes[kind] + nextUuid()) as IdOf[Kind]
}

export function createNodeId(): NodeId {
  // As above.
  return `ownr_${nextUuid()}` as NodeId
}

/** `name` as a tenant's id; undefined if no tenant may have it. */
export function parseTenantId(name: string): TenantId | undefined {
  // Checked for the form that the brand stands for.
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(name) ? (name as TenantId) : undefined
}

/** The tenant of calls that name no tenant. */
export const defaultTenant = 'default' as TenantId // It has the form that parseTenantId checks.

/** `audt_…` */
export type AuditEventId = Branded<'AuditEventId'>

/** Creates an id, as {@link createId} does. */
export function createAuditEventId(): AuditEventId {
  // As above.
  return `audt_${nextUuid()}` as AuditEventId
}

/** The kind of an id, by its form alone; undefined if `value` is not one of our ids. */
export function idKind(value: string): IdKind | undefined {
  // They are the keys of the table.
  for (const kind of Object.keys(prefixes) as IdKind[]) {
    if (value.startsWith(prefixes[kind]) && /^[0-9a-f]{32}$/.test(value.slice(prefixes[kind].length))) return kind
  }
  return undefined
}

/** `value` as an id of `kind`; undefined if it has another form. */
export function parseId<Kind extends IdKind>(kind: Kind, value: string): IdOf[Kind] | undefined {
  // idKind has just checked the form that the brand stands for.
  return idKind(value) === kind ? (value as IdOf[Kind]) : undefined
}
