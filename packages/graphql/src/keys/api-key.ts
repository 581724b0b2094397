import { hash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Caller, type Scope, scopes } from '../caller.ts'

export const tenantPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** One key as the file keeps it. */
export const keyEntry = z.strictObject({
  id: z.string().regex(/^[0-9a-z]{1,32}$/),
  /** SHA-256 of the whole key, hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  tenant: z.string().regex(tenantPattern),
  scopes: z.array(z.enum(scopes)).min(1),
  name: z.string().max(200).optional(),
  createdAt: z.iso.datetime({ offset: true }),
  expiresAt: z.iso.datetime({ offset: true }).nullable(),
})
export type KeyEntry = z.output<typeof keyEntry>

export interface NewKey {
  readonly tenant: string
  readonly scopes: readonly Scope[]
  readonly expiresAt: Date | null
  readonly name?: string
}

// One round of SHA-256 is enough: what is hashed has 256 random bits, which nobody guesses however fast he hashes.
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex')
}

/** A key of 256 random bits, and what is kept of it. */
export function makeKey({ tenant, scopes, expiresAt, name }: NewKey): {
  readonly entry: KeyEntry
  readonly key: string
} {
  const id = randomBytes(8).toString('hex')
  const key = `tyk_${id}_${randomBytes(32).toString('base64url')}`
  const entry: KeyEntry = {
    id,
    hash: hashKey(key),
    tenant,
    scopes: [...new Set(scopes)],
    ...(name === undefined ? {} : { name }),
    createdAt: new Date().toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
  return { entry, key }
}

const bearer = /^bearer +(tyk_[0-9a-z]{1,32}_[\w-]{43})$/i

/** The key of an `Authorization`; undefined for whatever else it says. */
export function keyOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : bearer.exec(authorization)?.[1]
}

export function callerOf({ id, tenant, scopes, expiresAt }: KeyEntry, revoked: AbortSignal): Caller {
  return {
    id,
    tenant,
    scopes: new Set(scopes),
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    revoked,
  }
}
