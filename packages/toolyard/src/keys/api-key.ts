import { hash, randomBytes } from 'node:crypto'
import { type Caller, type Operator, type Scope, scopes } from '@toolyard/graphql/internal/caller'
import { z } from 'zod'
import { operatorScope } from './operator-scope.ts'

export const tenantPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/

interface KeyFacts {
  readonly id: string
  /** SHA-256 of the whole key, hex. */
  readonly hash: string
  readonly name?: string | undefined
  readonly createdAt: string
  readonly expiresAt: string | null
}

/** A key of one tenant, as the file keeps it. */
export interface TenantKey extends KeyFacts {
  readonly tenant: string
  readonly scopes: readonly Scope[]
}

/** A key for the metrics of the process, as the file keeps it. */
export interface OperatorKey extends KeyFacts {
  readonly tenant?: undefined
  readonly scopes: readonly [typeof operatorScope]
}

export type KeyEntry = TenantKey | OperatorKey

export function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text)
}

const storedKey = z.strictObject({
  id: z.string().regex(/^[0-9a-z]{1,32}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  tenant: z.string().regex(tenantPattern).optional(),
  scopes: z.array(z.enum([...scopes, operatorScope])).min(1),
  name: z.string().max(200).optional(),
  createdAt: z.iso.datetime({ offset: true }),
  expiresAt: z.iso.datetime({ offset: true }).nullable(),
})

export const keyEntry = storedKey.transform(({ tenant, scopes: granted, ...facts }, context): KeyEntry => {
  const ofTenant = granted.filter(isScope)
  if (tenant !== undefined && ofTenant.length === granted.length) return { ...facts, tenant, scopes: ofTenant }
  if (tenant === undefined && granted.length === 1 && ofTenant.length === 0) {
    return { ...facts, scopes: [operatorScope] }
  }
  const message = `expected a tenant and its scopes, or the scope ${operatorScope} alone and no tenant`
  context.addIssue({ code: 'custom', path: ['scopes'], message })
  return z.NEVER
})

interface NewKeyFacts {
  readonly expiresAt: Date | null
  readonly name?: string
}

export interface NewKey extends NewKeyFacts {
  readonly tenant: string
  readonly scopes: readonly Scope[]
}

interface MadeKey<Entry extends KeyEntry> {
  /** The part of the key that the file keeps. */
  readonly entry: Entry
  readonly key: string
}

// One round of SHA-256 is enough: a key has 256 random bits, which no attacker guesses, however fast.
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex')
}

function makeFacts({ expiresAt, name }: NewKeyFacts): { readonly facts: KeyFacts; readonly key: string } {
  const id = randomBytes(8).toString('hex')
  const key = `tyk_${id}_${randomBytes(32).toString('base64url')}`
  const facts = {
    id,
    hash: hashKey(key),
    ...(name === undefined ? {} : { name }),
    createdAt: new Date().toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
  return { facts, key }
}

/** Makes a key of 256 random bits. */
export function makeKey({ tenant, scopes, ...more }: NewKey): MadeKey<TenantKey> {
  const { facts, key } = makeFacts(more)
  return { entry: { ...facts, tenant, scopes: [...new Set(scopes)] }, key }
}

/** Makes a key of 256 random bits for the metrics of the process. */
export function makeOperatorKey(more: NewKeyFacts): MadeKey<OperatorKey> {
  const { facts, key } = makeFacts(more)
  return { entry: { ...facts, scopes: [operatorScope] }, key }
}

const bearer = /^bearer +(tyk_[0-9a-z]{1,32}_[\w-]{43})$/i

/** The key in an `Authorization` header; undefined if it has none. */
export function keyOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : bearer.exec(authorization)?.[1]
}

/** The caller or operator that a key identifies; `revoked` aborts when the key is no longer valid. */
export function holderOf(entry: KeyEntry, revoked: AbortSignal): Caller | Operator {
  const expiresAt = entry.expiresAt === null ? null : Date.parse(entry.expiresAt)
  const known = { id: entry.id, expiresAt, revoked }
  return entry.tenant === undefined
    ? { ...known, tenant: null }
    : { ...known, tenant: entry.tenant, scopes: new Set(entry.scopes) }
}
