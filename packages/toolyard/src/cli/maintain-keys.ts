import { resolve } from 'node:path'
import { scopes } from '@toolyard/graphql/internal/caller'
import { UsageError } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'
import { expiryForms, parseExpiry } from '../flags/expiry.ts'
import { isScope, type KeyEntry, makeKey, makeOperatorKey, tenantPattern } from '../keys/api-key.ts'
import { changeKeys, KeyFileError, readKeys } from '../keys/key-file.ts'
import { operatorScope } from '../keys/operator-scope.ts'
import { printable } from '../output/printable.ts'
import { table } from '../output/table.ts'
import { type AddFlags, type FileFlags, keyFileVariable, withCommas } from './key-flags.ts'

function pathOf({ file }: FileFlags, env: NodeJS.ProcessEnv): string {
  const path = file || env[keyFileVariable]
  if (!path) throw new UsageError(`no file of API keys is named; set ${keyFileVariable} or pass --file FILE`)
  return resolve(path)
}

/** Ends with a line that names the file, where it is of no use. */
async function onFile<Value>(path: string, work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof KeyFileError ? new UsageError(`${path}: ${error.message}`) : error
  }
}

/** The key that the flags ask for. Throws UsageError. */
function newKey({
  tenant,
  scopes: given,
  name,
  expires,
}: AddFlags): ReturnType<typeof makeKey | typeof makeOperatorKey> {
  if (name !== undefined && name.length > 200) throw new UsageError('--name is too long, takes up to 200 characters')
  const expiresAt = expires === undefined ? null : parseExpiry(expires, Date.now())
  if (expiresAt === undefined) throw new UsageError(`--expires is "${expires}", takes ${expiryForms}`)
  const facts = { expiresAt, ...(name === undefined ? {} : { name }) }
  const names = given.split(',').map((each) => each.trim())
  if (names.includes(operatorScope)) {
    if (names.some((each) => each !== operatorScope)) {
      throw new UsageError(`--scopes is "${given}": ${operatorScope} goes with no other scope`)
    }
    if (tenant !== undefined) throw new UsageError(`--tenant: a key with the scope ${operatorScope} has no tenant`)
    return makeOperatorKey(facts)
  }
  if (!names.every(isScope)) {
    throw new UsageError(`--scopes is "${given}", takes ${withCommas(scopes)}, or ${operatorScope} alone`)
  }
  if (tenant === undefined)
    throw new UsageError(`--tenant is missing: only a key with the scope ${operatorScope} has none`)
  if (!tenantPattern.test(tenant)) {
    const takes = '1 to 64 lower-case letters, digits, - and _, with a letter or digit first'
    throw new UsageError(`--tenant is "${tenant}", takes ${takes}`)
  }
  return makeKey({ tenant, scopes: names, ...facts })
}

export async function addKey(flags: AddFlags, { env, stderr }: ProgramProcess): Promise<string> {
  const path = pathOf(flags, env)
  const { entry, key } = newKey(flags)
  await onFile(path, () => changeKeys(path, (keys) => [...keys, entry]))
  if (flags.json) return JSON.stringify({ id: entry.id, key })
  const whose = entry.tenant === undefined ? 'for metrics' : `of tenant ${entry.tenant}`
  stderr.write(`Key ${entry.id} ${whose} is in ${path}. It is shown this once:\n`)
  return key
}

function rowOf({ id, tenant, scopes, createdAt, expiresAt, name = '' }: KeyEntry): readonly string[] {
  const isExpired = expiresAt !== null && Date.parse(expiresAt) <= Date.now()
  const expiry = expiresAt === null ? 'never' : isExpired ? `expired ${expiresAt}` : expiresAt
  return [id, tenant ?? '', scopes.join(','), createdAt, expiry, printable(name)]
}

export async function listKeys(flags: FileFlags, env: NodeJS.ProcessEnv): Promise<string> {
  const path = pathOf(flags, env)
  const keys = (await onFile(path, () => readKeys(path))) ?? []
  if (flags.json) return JSON.stringify(keys.map(({ hash: _, ...shown }) => shown))
  if (keys.length === 0) return `No keys in ${path}; add one with toolyard keys add`
  return table([['ID', 'TENANT', 'SCOPES', 'CREATED', 'EXPIRES', 'NAME'], ...keys.map(rowOf)])
}

export async function revokeKey(id: string, flags: FileFlags, env: NodeJS.ProcessEnv): Promise<string> {
  const path = pathOf(flags, env)
  const unknown = () => new UsageError(`no key in ${path} has the id "${id.slice(0, 100)}"; see toolyard keys list`)
  // A file is not made for it.
  if (!(await onFile(path, () => readKeys(path)))) throw unknown()
  await onFile(path, () =>
    changeKeys(path, (keys) => {
      const rest = keys.filter((key) => key.id !== id)
      if (rest.length === keys.length) throw unknown()
      return rest
    }),
  )
  return flags.json ? JSON.stringify({ id }) : `Key ${id} is revoked`
}
