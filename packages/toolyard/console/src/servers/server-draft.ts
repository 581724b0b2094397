import type { VariablesOf } from '../api/graphql.ts'
import type { ApprovalPolicy } from '../pauses/approval-policies.ts'
import type { InputPolicy } from '../pauses/input-policies.ts'
import {
  type AuthDraft,
  authDraftOf,
  emptyAuth,
  type StoredSecret,
  storedSecret,
  toAuthInput,
  toAuthPatch,
} from './auth-draft.ts'
import type { ProtocolEra } from './protocol-eras.ts'
import { type SecretText, secretValue } from './secret-sources.ts'
import type { createServer, ServerDetails, updateServer } from './server-documents.ts'

type CreateInput = VariablesOf<typeof createServer>['input']
type UpdateInput = VariablesOf<typeof updateServer>['input']
type ConfigInput = CreateInput['config']

export type Transport = 'stdio' | 'streamableHttp' | 'sse'
export type Policy = 'ACCEPT' | 'WARN' | 'QUARANTINE'

/** A secret being edited. The value of a stored one is unknown, and is kept unless the user enters another. */
export interface SecretDraft extends SecretText {
  readonly key: number
  readonly name: string
  readonly stored: SecretText | undefined
}

/** Limits in seconds; undefined means the default. */
export interface TimeoutsDraft {
  readonly connect: number | undefined
  readonly request: number | undefined
  readonly maxTotal: number | undefined
}

/** The values of the form's fields. */
export interface ServerDraft {
  readonly name: string
  readonly description: string
  /** Undefined for a new server. Stored secrets do not carry over to another transport. */
  readonly storedTransport: Transport | undefined
  readonly transport: Transport
  readonly command: string
  /** One argument per line. */
  readonly args: string
  readonly cwd: string
  readonly env: readonly SecretDraft[]
  readonly serverUrl: string
  readonly auth: AuthDraft
  readonly headers: readonly SecretDraft[]
  readonly policy: Policy
  readonly approvalPolicy: ApprovalPolicy
  readonly inputPolicy: InputPolicy
  readonly labels: readonly string[]
  readonly refreshIntervalSeconds: number | undefined
  readonly timeouts: TimeoutsDraft
  readonly protocolEra: ProtocolEra
  /** For a new server only. */
  readonly enabled: boolean
  /** For a new server only: whether to list its tools at once. */
  readonly refresh: boolean
}

export const emptyDraft: ServerDraft = {
  name: '',
  description: '',
  storedTransport: undefined,
  transport: 'stdio',
  command: '',
  args: '',
  cwd: '',
  env: [],
  serverUrl: '',
  auth: emptyAuth,
  headers: [],
  policy: 'ACCEPT',
  approvalPolicy: 'NEVER',
  inputPolicy: 'PAUSE',
  labels: [],
  refreshIntervalSeconds: undefined,
  timeouts: { connect: undefined, request: undefined, maxTotal: undefined },
  protocolEra: 'AUTO',
  enabled: true,
  refresh: true,
}

function secretDraft(entry: StoredSecret & { readonly name: string }, key: number): SecretDraft {
  const stored = storedSecret(entry)
  return { key, name: entry.name, ...stored, stored }
}

export function draftOf(server: ServerDetails): ServerDraft {
  const common: ServerDraft = {
    ...emptyDraft,
    name: server.name,
    description: server.description ?? '',
    policy: server.toolChangePolicy,
    approvalPolicy: server.approvalPolicy,
    inputPolicy: server.inputPolicy,
    labels: server.labels,
    refreshIntervalSeconds: server.refreshIntervalMs === null ? undefined : server.refreshIntervalMs / 1_000,
    timeouts: {
      connect: server.timeouts.connectMs / 1_000,
      request: server.timeouts.requestMs / 1_000,
      maxTotal: server.timeouts.maxTotalMs / 1_000,
    },
    protocolEra: server.protocolEraPolicy,
  }
  if (server.__typename === 'StdioMcpServer') {
    const { command, args, cwd, env } = server
    const transport = 'stdio'
    return {
      ...common,
      transport,
      storedTransport: transport,
      command,
      args: args.join('\n'),
      cwd: cwd ?? '',
      env: env.map(secretDraft),
    }
  }
  const transport = server.__typename === 'SseMcpServer' ? 'sse' : 'streamableHttp'
  return {
    ...common,
    transport,
    storedTransport: transport,
    serverUrl: server.serverUrl,
    auth: authDraftOf(server.auth),
    headers: server.customHeaders.map(secretDraft),
  }
}

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
const argsOf = (text: string) => text.split('\n').filter((line) => line !== '')

/** Whether unchanged parts of the stored configuration are kept. */
export const isPatched = ({ transport, storedTransport }: ServerDraft) => transport === storedTransport

/** The secrets that are sent, in order. The API's errors refer to a secret by its index here. */
export function sentSecrets(draft: ServerDraft, secrets: readonly SecretDraft[]): readonly SecretDraft[] {
  return secrets.filter(({ name, value, from, stored }) => {
    if (!stored) return name !== '' || value !== ''
    const isSame = isPatched(draft) && value === stored.value && from === stored.from
    return value !== '' && !isSame
  })
}

function written(draft: ServerDraft, secrets: readonly SecretDraft[]) {
  return sentSecrets(draft, secrets).map((secret) => ({ name: secret.name, value: secretValue(secret) }))
}

function removed(before: readonly SecretDraft[], now: readonly SecretDraft[]): string[] {
  const names = new Set(now.map(({ name }) => name))
  return before.map(({ name }) => name).filter((name) => !names.has(name))
}

function configOf(draft: ServerDraft): ConfigInput {
  if (draft.transport === 'stdio') {
    const { command, args, cwd, env } = draft
    return { stdio: { command, args: argsOf(args), cwd: orNull(cwd), env: written(draft, env) } }
  }
  const { serverUrl, auth, headers } = draft
  const http = { serverUrl, auth: toAuthInput(auth), customHeaders: written(draft, headers) }
  return draft.transport === 'sse' ? { sse: http } : { streamableHttp: http }
}

const toMs = (seconds: number | undefined) => (seconds === undefined ? null : Math.round(seconds * 1_000))

function settingsOf(draft: ServerDraft) {
  const {
    name,
    description,
    policy,
    approvalPolicy,
    inputPolicy,
    labels,
    refreshIntervalSeconds,
    timeouts,
    protocolEra,
  } = draft
  return {
    name,
    description: orNull(description),
    toolChangePolicy: policy,
    approvalPolicy,
    inputPolicy,
    labels: [...labels],
    refreshIntervalMs: toMs(refreshIntervalSeconds),
    timeouts: {
      connectMs: toMs(timeouts.connect),
      requestMs: toMs(timeouts.request),
      maxTotalMs: toMs(timeouts.maxTotal),
    },
    protocolEra,
  }
}

export function toCreateInput(draft: ServerDraft): CreateInput {
  const { enabled, refresh } = draft
  return { ...settingsOf(draft), config: configOf(draft), enabled, refresh }
}

function configPatch(before: ServerDraft, now: ServerDraft): NonNullable<UpdateInput['config']> {
  if (!isPatched(now)) return { replace: configOf(now) }
  if (now.transport === 'stdio') {
    const { command, args, cwd, env } = now
    const setEnv = written(now, env)
    const unsetEnv = removed(before.env, env)
    return { stdio: { command, args: argsOf(args), cwd: orNull(cwd), setEnv, unsetEnv } }
  }
  const http = {
    serverUrl: now.serverUrl,
    ...toAuthPatch(now.auth),
    setHeaders: written(now, now.headers),
    unsetHeaders: removed(before.headers, now.headers),
  }
  return now.transport === 'sse' ? { sse: http } : { streamableHttp: http }
}

/** Whether the server would be reached in another way. */
export function changesConnection(before: ServerDraft, now: ServerDraft): boolean {
  const connectionOf = (draft: ServerDraft) =>
    JSON.stringify([configPatch(before, draft), draft.timeouts, draft.protocolEra])
  return connectionOf(before) !== connectionOf(now)
}

export function toUpdateInput(id: string, revision: number, before: ServerDraft, now: ServerDraft): UpdateInput {
  return { id, expectedRevision: revision, ...settingsOf(now), config: configPatch(before, now) }
}
