import type { ObjectRef } from '@pothos/core'
import type { CanceledBy, ErrorCode, JobError, RegistryError, ToolArgsIssue } from '@toolyard/core'
import { isRegistryError } from '@toolyard/core'
import { type PublicCode, publicCode, publicCodes } from '../errors/public-code.ts'
import { builder } from './builder.ts'
import { listed, unbounded } from './long-fields.ts'
import { McpServerUnion } from './refs.ts'

export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  values: publicCodes,
})

export interface ErrorData {
  readonly __typename: 'InputError' | 'ToolArgsError' | 'ConflictError' | 'McpError'
  readonly message: string
  readonly code: PublicCode
  readonly path: readonly string[] | null
}
export interface ToolArgsErrorData extends ErrorData {
  readonly issues: readonly ToolArgsIssue[]
}
export interface ConflictErrorData extends ErrorData {
  readonly serverId: string | undefined
}
export interface McpErrorData
  extends ErrorData,
    Pick<
      JobError,
      | 'retryable'
      | 'jsonRpcCode'
      | 'httpStatus'
      | 'systemCode'
      | 'stderrTail'
      | 'canceledBy'
      | 'authentication'
      | 'scopes'
    > {}

const UserError = builder.interfaceRef<ErrorData>('UserError').implement({
  resolveType: ({ __typename }) => __typename,
  fields: (t) => ({
    message: t.exposeString('message', unbounded),
    code: t.field({ type: ErrorCodeEnum, resolve: ({ code }) => code }),
    path: t.stringList({ nullable: true, resolve: ({ path }) => path && [...path] }),
  }),
})
export const InputError = builder.objectRef<ErrorData>('InputError').implement({ interfaces: [UserError] })
const ToolArgsIssueType = builder.objectRef<ToolArgsIssue>('ToolArgsIssue').implement({
  fields: (t) => ({
    pointer: t.exposeString('pointer'),
    keyword: t.exposeString('keyword'),
    message: t.exposeString('message'),
  }),
})
export const ToolArgsError = builder.objectRef<ToolArgsErrorData>('ToolArgsError').implement({
  interfaces: [UserError],
  fields: (t) => ({ issues: t.field({ type: [ToolArgsIssueType], resolve: ({ issues }) => [...issues] }) }),
})
export const ConflictError = builder.objectRef<ConflictErrorData>('ConflictError').implement({
  interfaces: [UserError],
  fields: (t) => ({
    current: t.field({
      type: McpServerUnion,
      nullable: true,
      resolve: async ({ serverId }, _, { loaders }) =>
        serverId === undefined ? null : ((await loaders.server.load(serverId)) ?? null),
    }),
  }),
})
export const McpErrorType = builder.objectRef<McpErrorData>('McpError').implement({
  interfaces: [UserError],
  fields: (t) => ({
    retryable: t.exposeBoolean('retryable'),
    jsonRpcCode: t.int({ nullable: true, resolve: ({ jsonRpcCode }) => jsonRpcCode ?? null }),
    httpStatus: t.int({ nullable: true, resolve: ({ httpStatus }) => httpStatus ?? null }),
    systemCode: t.string({
      nullable: true,
      description: 'Code of the system, the network or TLS for CONNECT_FAILED, such as ENOENT or ECONNREFUSED',
      resolve: ({ systemCode }) => systemCode ?? null,
    }),
    stderrTail: t.stringList({
      ...unbounded,
      resolve: ({ stderrTail }, _, context, info) => listed(stderrTail, context, info),
    }),
    canceledBy: t.field({
      type: builder.enumType('CanceledBy', {
        values: [
          'CALLER',
          'SIGNAL',
          'SERVER_UPDATED',
          'SERVER_DELETED',
          'REGISTRY_CLOSED',
          'REJECTED',
          'TOOL_UNAVAILABLE',
        ] as const satisfies CanceledBy[],
      }),
      nullable: true,
      description: 'The actor that canceled the job, if the code is CANCELED; the message has the reason',
      resolve: ({ canceledBy }) => canceledBy ?? null,
    }),
    authentication: t.field({
      type: builder.enumType('McpAuthentication', { values: ['OAUTH'] as const }),
      nullable: true,
      description: 'How the server wants to be authorized, if the code is AUTH_REQUIRED; OAUTH: see beginMcpAuth',
      resolve: ({ authentication }) => authentication ?? null,
    }),
    scopes: t.stringList({
      ...unbounded,
      nullable: true,
      description: 'The scopes that the server asks for, if the code is AUTH_REQUIRED and the server says so',
      resolve: ({ scopes }, _, context, info) => (scopes === undefined ? null : listed(scopes, context, info)),
    }),
  }),
})

export function toMcpError(error: JobError | null): McpErrorData | null {
  return error && { ...error, __typename: 'McpError', code: publicCode(error.code), path: null }
}

type ErrorMember = 'InputError' | 'ToolArgsError' | 'ConflictError' | 'McpError'

/** Codes of errors in the exchange with an MCP server, not in the caller's input. */
const serverCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'URL_BLOCKED',
  'STDIO_NOT_ALLOWED',
  'SECRET_UNREADABLE',
  'CONNECT_FAILED',
  'AUTH_REQUIRED',
  'BUSY',
  'TIMEOUT',
  'PROTOCOL_ERROR',
  'LIMIT_EXCEEDED',
  'CANCELED',
])

function memberFor({ code, path }: RegistryError, members: readonly ErrorMember[]): ErrorMember {
  if (members.includes('McpError') && serverCodes.has(code) && path === undefined) return 'McpError'
  if (code === 'TOOL_ARGS_INVALID') return 'ToolArgsError'
  if (code === 'NAME_TAKEN' || code === 'REVISION_CONFLICT' || code === 'IDEMPOTENCY_CONFLICT') return 'ConflictError'
  return 'InputError'
}

function toData(error: RegistryError, member: ErrorMember, path: readonly string[] | null): ErrorData {
  const data = { __typename: member, message: error.message, code: publicCode(error.code), path }
  if (member === 'ToolArgsError') {
    const refused: ToolArgsErrorData = { ...data, issues: error.details.issues ?? [] }
    return refused
  }
  if (member === 'ConflictError') {
    const conflict: ConflictErrorData = { ...data, serverId: error.details.serverId }
    return conflict
  }
  if (member === 'McpError') {
    const { retryable, details } = error
    const failed: McpErrorData = { ...data, ...details, retryable, stderrTail: details.stderrTail ?? [] }
    return failed
  }
  return data
}

const memberRefs = { InputError, ToolArgsError, ConflictError, McpError: McpErrorType }

/**
 * Creates the union of a mutation's payload and its errors, and the function that runs the mutation. An error of the
 * registry becomes its member of the union, with the path in the mutation's input; an error without a member is rethrown.
 */
export function resultType<Payload extends object>(
  name: string,
  payload: ObjectRef<typeof builder.$inferSchemaTypes, Payload>,
  members: readonly ErrorMember[],
) {
  const union = builder.unionType(`${name}Result`, {
    types: [payload, ...members.map((member) => memberRefs[member])],
    resolveType: (value: object) => ('__typename' in value ? String(value.__typename) : `${name}Payload`),
  })
  const settle = async (
    work: () => Promise<Payload>,
    toInputPath: (path: readonly string[]) => readonly string[] = (path) => path,
  ): Promise<Payload | ErrorData> => {
    try {
      return await work()
    } catch (error) {
      if (!isRegistryError(error)) throw error
      const member = memberFor(error, members)
      // These are not caused by the caller's input.
      const isOurs = publicCode(error.code) === 'INTERNAL' || publicCode(error.code) === 'STORAGE_UNAVAILABLE'
      if (!members.includes(member) || isOurs) throw error
      return toData(error, member, error.path ? ['input', ...toInputPath(error.path)] : null)
    }
  }
  return { union, settle }
}
