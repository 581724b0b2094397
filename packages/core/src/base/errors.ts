import type { JobId, ServerId } from './ids.ts'

/**
 * Every code that a {@link RegistryError} or a {@link JobError} carries.
 *
 * | code | meaning |
 * |---|---|
 * | INVALID_INPUT | the caller's value is not acceptable; `path` says where, `message` what was expected and what came |
 * | NAME_TAKEN | another server has the name; `details.serverId` is that server |
 * | NOT_FOUND | nothing has this id or name |
 * | REVISION_CONFLICT | the server was changed since the revision that the caller named |
 * | DISABLED | the server or tool is switched off |
 * | QUARANTINED | the tool is new, and nobody has approved it yet |
 * | FORBIDDEN | the caller may not do this |
 * | UNAUTHENTICATED | who asks is not known, or not any more |
 * | TOOL_ARGS_INVALID | args do not fit the tool's input schema; `details.issues` has the first faults |
 * | IMPORT_UNRESOLVED | an imported entry has variables without a value; the message names them |
 * | IDEMPOTENCY_CONFLICT | the idempotency key belongs to a run with another tool or other args; `details.jobId` is that run |
 * | LIMIT_EXCEEDED | a size or count is over its limit; the message says which |
 * | URL_BLOCKED | the network policy does not let this host or address be reached |
 * | STDIO_NOT_ALLOWED | stdio servers may not run this command |
 * | SECRET_UNREADABLE | a secret of the server cannot be opened (another key, damaged) or read (variable not set, provider failed); the message says which, never its value; setting it anew mends it |
 * | CONNECT_FAILED | the MCP server could not be started or reached |
 * | AUTH_REQUIRED | the MCP server answered 401 or 403 |
 * | BUSY | the MCP server answered 429 or 503; `details.retryAfterMs` says for how long, where it did |
 * | TIMEOUT | a deadline passed; the message says which |
 * | PROTOCOL_ERROR | the MCP server answered with a JSON-RPC error, or broke the protocol |
 * | CANCELED | the caller, or the end of the registry, stopped it |
 * | INTERRUPTED | the process ended before the job did; of a run, the call may have taken effect |
 * | NOT_SENT | the process ended before the call of the run was sent: it had no effect, and may be repeated |
 * | CLOSED | the registry is closed, or closing |
 * | STORAGE_INVALID | the database cannot be opened, or is not a database of toolyard |
 * | STORAGE_TOO_NEW | the database was written by a newer version |
 * | STORAGE_UNAVAILABLE | the database cannot be read or written now: another process holds its lock, the disk is full; nothing of the write was kept, and the same call may succeed later |
 * | LEASE_LOST | the node was not heard of for too long, and others have settled what it worked on: nothing was done; the same call may succeed at once |
 * | INTERNAL | a fault of toolyard itself |
 */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'NAME_TAKEN'
  | 'NOT_FOUND'
  | 'REVISION_CONFLICT'
  | 'DISABLED'
  | 'QUARANTINED'
  | 'FORBIDDEN'
  | 'UNAUTHENTICATED'
  | 'TOOL_ARGS_INVALID'
  | 'IMPORT_UNRESOLVED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'LIMIT_EXCEEDED'
  | 'URL_BLOCKED'
  | 'STDIO_NOT_ALLOWED'
  | 'SECRET_UNREADABLE'
  | 'CONNECT_FAILED'
  | 'AUTH_REQUIRED'
  | 'BUSY'
  | 'TIMEOUT'
  | 'PROTOCOL_ERROR'
  | 'CANCELED'
  | 'INTERRUPTED'
  | 'NOT_SENT'
  | 'CLOSED'
  | 'STORAGE_INVALID'
  | 'STORAGE_TOO_NEW'
  | 'STORAGE_UNAVAILABLE'
  | 'LEASE_LOST'
  | 'INTERNAL'

/**
 * One fault of a tool's args. `pointer` (RFC 6901) names the property at fault, also when it is missing. One of more than 500
 * characters is cut, and ends with "…".
 */
export interface ToolArgsIssue {
  readonly pointer: string
  /** The JSON Schema keyword that failed. */
  readonly keyword: string
  readonly message: string
}

/** Who cancelled a job: a caller by its handle or id, the signal that a caller gave, a change of the server, the registry's end. */
export type CanceledBy = 'CALLER' | 'SIGNAL' | 'SERVER_UPDATED' | 'SERVER_DELETED' | 'REGISTRY_CLOSED'

/** What an error says beyond its message; each member belongs to the codes named. */
export interface ErrorDetails {
  /** NAME_TAKEN, REVISION_CONFLICT: the server that stands in the way. */
  readonly serverId?: ServerId
  /** IDEMPOTENCY_CONFLICT: the run that has the key. */
  readonly jobId?: JobId
  /** TOOL_ARGS_INVALID: the first faults, as many as `budgets.argsIssues` allows, and no more than some 24 kB. */
  readonly issues?: readonly ToolArgsIssue[]
  /** TOOL_ARGS_INVALID: there may be more, which were not looked for. */
  readonly hasMoreIssues?: true
  /** PROTOCOL_ERROR: the JSON-RPC error code that the server sent. */
  readonly jsonRpcCode?: number
  /** CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR: the HTTP status that the server sent. */
  readonly httpStatus?: number
  /** CONNECT_FAILED: what the system, the network or TLS called it (`ENOENT`, `ECONNREFUSED`, `CERT_HAS_EXPIRED`). */
  readonly systemCode?: string
  /** BUSY: how long the server asks to wait, in ms. */
  readonly retryAfterMs?: number
  /** The last lines that a stdio server wrote to stderr. */
  readonly stderrTail?: readonly string[]
  /** CANCELED, of a job: who did it. */
  readonly canceledBy?: CanceledBy
  /** INVALID_INPUT, of a text to import: where in it, from 1. */
  readonly line?: number
  readonly column?: number
}

export interface RegistryErrorOptions {
  /** Where in the caller's input, as property names and indexes, outermost first. */
  readonly path?: readonly string[]
  readonly details?: ErrorDetails
  /** Whether the same call may succeed later. @default false */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/** The one error class of toolyard. `code` is stable; the message is for people. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: ErrorCode
  readonly path: readonly string[] | undefined
  readonly details: ErrorDetails
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.path = options.path
    this.details = options.details ?? {}
    this.retryable = options.retryable ?? false
  }
}

/** Whether `error` is a {@link RegistryError}, and has `code` where one is given. */
export function isRegistryError(error: unknown, code?: ErrorCode): error is RegistryError {
  return error instanceof RegistryError && (code === undefined || error.code === code)
}

/** Why a job or a connection failed, as plain data that is stored with it. */
export interface JobError {
  readonly code: ErrorCode
  readonly message: string
  readonly retryable: boolean
  readonly jsonRpcCode?: number
  readonly httpStatus?: number
  readonly systemCode?: string
  readonly retryAfterMs?: number
  readonly canceledBy?: CanceledBy
  readonly stderrTail: readonly string[]
}

/** The stored form of an error. What is not a {@link RegistryError} is a fault of ours and becomes INTERNAL. */
export function toJobError(error: unknown): JobError {
  if (!isRegistryError(error)) {
    const message = error instanceof Error ? error.message : String(error)
    return { code: 'INTERNAL', message: `Unexpected failure: ${message}`, retryable: false, stderrTail: [] }
  }
  const { jsonRpcCode, httpStatus, systemCode, retryAfterMs, canceledBy, stderrTail = [] } = error.details
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(jsonRpcCode === undefined ? {} : { jsonRpcCode }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(systemCode === undefined ? {} : { systemCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(canceledBy === undefined ? {} : { canceledBy }),
    stderrTail,
  }
}

export function invalidInput(path: readonly string[], message: string, cause?: unknown): RegistryError {
  return new RegistryError('INVALID_INPUT', message, { path, cause })
}
