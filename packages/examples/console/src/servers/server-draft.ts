import type { VariablesOf } from '../api/graphql.ts'
import type { createServer, ServerDetails, updateServer } from './server-documents.ts'

type CreateInput = VariablesOf<typeof createServer>['input']
type UpdateInput = VariablesOf<typeof updateServer>['input']
type ConfigInput = CreateInput['config']

export type Transport = 'stdio' | 'streamableHttp' | 'sse'
export type Policy = 'ACCEPT' | 'WARN' | 'QUARANTINE'

/** A secret that is being written. Of one that is stored only the name is known: it stays unless a value is given. */
export interface SecretDraft {
  readonly key: number
  readonly name: string
  readonly value: string
  readonly from: 'literal' | 'env'
  readonly isStored: boolean
}

/** What is in the fields of the form. */
export interface ServerDraft {
  readonly name: string
  readonly description: string
  readonly transport: Transport
  readonly command: string
  /** One arg a line. */
  readonly args: string
  readonly cwd: string
  readonly env: readonly SecretDraft[]
  readonly serverUrl: string
  readonly authHeader: string
  readonly token: string
  readonly isTokenStored: boolean
  readonly isTokenRemoved: boolean
  readonly headers: readonly SecretDraft[]
  readonly policy: Policy
  readonly labels: readonly string[]
  readonly refreshIntervalSeconds: number | undefined
}

export const emptyDraft: ServerDraft = {
  name: '',
  description: '',
  transport: 'stdio',
  command: '',
  args: '',
  cwd: '',
  env: [],
  serverUrl: '',
  authHeader: 'Authorization',
  token: '',
  isTokenStored: false,
  isTokenRemoved: false,
  headers: [],
  policy: 'ACCEPT',
  labels: [],
  refreshIntervalSeconds: undefined,
}

const stored = ({ name }: { readonly name: string }, key: number): SecretDraft => ({
  key,
  name,
  value: '',
  from: 'literal',
  isStored: true,
})

export function draftOf(server: ServerDetails): ServerDraft {
  const common: ServerDraft = {
    ...emptyDraft,
    name: server.name,
    description: server.description ?? '',
    policy: server.toolChangePolicy,
    labels: server.labels,
    refreshIntervalSeconds: server.refreshIntervalMs === null ? undefined : server.refreshIntervalMs / 1_000,
  }
  if (server.__typename === 'StdioMcpServer') {
    const { command, args, cwd, env } = server
    return { ...common, transport: 'stdio', command, args: args.join('\n'), cwd: cwd ?? '', env: env.map(stored) }
  }
  return {
    ...common,
    transport: server.__typename === 'SseMcpServer' ? 'sse' : 'streamableHttp',
    serverUrl: server.serverUrl,
    authHeader: server.auth?.header ?? emptyDraft.authHeader,
    isTokenStored: server.auth !== null,
    headers: server.customHeaders.map(stored),
  }
}

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
const argsOf = (text: string) => text.split('\n').filter((line) => line !== '')

function written(secrets: readonly SecretDraft[]) {
  return secrets
    .filter(({ name, value, isStored }) => (isStored ? value !== '' : name !== '' || value !== ''))
    .map(({ name, value, from }) => ({ name, value: from === 'env' ? { env: value } : { literal: value } }))
}

function removed(before: readonly SecretDraft[], now: readonly SecretDraft[]): string[] {
  const names = new Set(now.map(({ name }) => name))
  return before.map(({ name }) => name).filter((name) => !names.has(name))
}

function authOf({ token, authHeader }: ServerDraft) {
  return token === '' ? null : { header: { header: authHeader, token: { literal: token } } }
}

function configOf(draft: ServerDraft): ConfigInput {
  if (draft.transport === 'stdio') {
    const { command, args, cwd, env } = draft
    return { stdio: { command, args: argsOf(args), cwd: orNull(cwd), env: written(env) } }
  }
  const http = { serverUrl: draft.serverUrl, auth: authOf(draft), customHeaders: written(draft.headers) }
  return draft.transport === 'sse' ? { sse: http } : { streamableHttp: http }
}

function settingsOf({ name, description, policy, labels, refreshIntervalSeconds }: ServerDraft) {
  return {
    name,
    description: orNull(description),
    toolChangePolicy: policy,
    labels: [...labels],
    refreshIntervalMs: refreshIntervalSeconds === undefined ? null : Math.round(refreshIntervalSeconds * 1_000),
  }
}

export function toCreateInput(draft: ServerDraft): CreateInput {
  return { ...settingsOf(draft), config: configOf(draft) }
}

function authPatch(now: ServerDraft) {
  if (now.isTokenRemoved) return { auth: null }
  // The name alone cannot be changed: the token would have to be sent again.
  return now.token === '' ? {} : { auth: authOf(now) }
}

function configPatch(before: ServerDraft, now: ServerDraft): NonNullable<UpdateInput['config']> {
  if (before.transport !== now.transport) return { replace: configOf(now) }
  if (now.transport === 'stdio') {
    const { command, args, cwd, env } = now
    const setEnv = written(env)
    const unsetEnv = removed(before.env, env)
    return { stdio: { command, args: argsOf(args), cwd: orNull(cwd), setEnv, unsetEnv } }
  }
  const http = {
    serverUrl: now.serverUrl,
    ...authPatch(now),
    setHeaders: written(now.headers),
    unsetHeaders: removed(before.headers, now.headers),
  }
  return now.transport === 'sse' ? { sse: http } : { streamableHttp: http }
}

export function toUpdateInput(id: string, revision: number, before: ServerDraft, now: ServerDraft): UpdateInput {
  return { id, expectedRevision: revision, ...settingsOf(now), config: configPatch(before, now) }
}
