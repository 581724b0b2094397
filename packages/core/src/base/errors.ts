import type { JobId, ServerId } from './ids.ts'

/**
 * Every code that a {@link RegistryError} or a {@link JobError} carries.
 *
 * | code | meaning |
 * |---|---|
 * | INVALID_INPUT | the caller's value is not valid; `path` says where, `message` what was expected and what came |
 * | NAME_TAKEN | another server has the name; `details.serverId` is its id |
 * | NOT_FOUND | nothing has this id or name |
 * | REVISION_CONFLICT | the server has changed since the revision that the caller named |
 * | DISABLED | the server or tool is disabled |
 * | QUARANTINED | the tool is new, and not approved yet |
 * | FORBIDDEN | the caller may not do this |
 * | UNAUTHENTICATED | the caller's credentials are missing, unknown or no longer valid |
 * | TOOL_ARGS_INVALID | args do not fit the tool's input schema; `details.issues` has the first issues |
 * | IMPORT_UNRESOLVED | an imported entry has variables without a value; the message names them |
 * | IDEMPOTENCY_CONFLICT | the idempotency key belongs to a run with another tool or other args; `details.jobId` is that run |
 * | LIMIT_EXCEEDED | a size or count is over its limit; the message says which |
 * | URL_BLOCKED | the network policy blocks this host or address |
 * | STDIO_NOT_ALLOWED | stdio servers may not run this command |
 * | SECRET_UNREADABLE | a secret of the server cannot be opened (another key, damaged) or read (variable not set, provider failed); the message says which, never its value; set the secret again |
 * | CONNECT_FAILED | the MCP server could not be started or reached |
 * | AUTH_REQUIRED | the MCP server answered 401 or 403, or only its owner can have a request to it authorized; `details.authentication` says how, if it is known |
 * | BUSY | the MCP server answered 429 or 503; `details.retryAfterMs` says for how long, if the server did |
 * | TIMEOUT | a deadline passed; the message says which |
 * | PROTOCOL_ERROR | the MCP server answered with a JSON-RPC error, or broke the protocol |
 * | CANCELED | the caller cancelled it, or the registry closed |
 * | INTERRUPTED | the process ended before the job did; of a run, the call may have taken effect |
 * | NOT_SENT | the process ended before the call of the run was sent: it had no effect, and may be repeated |
 * | CLOSED | the registry is closed, or closing |
 * | STORAGE_INVALID | the database cannot be opened, or is not a toolyard database |
 * | STORAGE_TOO_NEW | the database was written by a newer version |
 * | STORAGE_UNAVAILABLE | the database cannot be read or written now: another process holds its lock, the disk is full; the write was not applied, and the same call may succeed later |
 * | LEASE_LOST | the node lost its lease, and another node has recovered its jobs; the write was not applied, and the same call may succeed at once |
 * | INTERNAL | a bug in toolyard |
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
 * One issue with a tool's args. `pointer` (RFC 6901) names the invalid or missing property; beyond 500 characters it is
 * cut, and ends with "…".
 */
export interface ToolArgsIssue {
  readonly pointer: string
  /** The JSON Schema keyword that failed. */
  readonly keyword: string
  readonly message: string
}

/**
 * The cause of a cancellation: a caller by its handle or id, a caller's signal, a change of the server, the registry's
 * close; or of a paused run, its rejection, or a tool that can no longer be run.
 */
export type CanceledBy =
  | 'CALLER'
  | 'SIGNAL'
  | 'SERVER_UPDATED'
  | 'SERVER_DELETED'
  | 'REGISTRY_CLOSED'
  | 'REJECTED'
  | 'TOOL_UNAVAILABLE'

/** Details beyond the message; each member belongs to the codes named. */
export interface ErrorDetails {
  /** NAME_TAKEN, REVISION_CONFLICT: the conflicting server. */
  readonly serverId?: ServerId
  /** IDEMPOTENCY_CONFLICT: the run that has the key. */
  readonly jobId?: JobId
  /** TOOL_ARGS_INVALID: the first issues, at most `budgets.argsIssues` of them, and about 24 kB. */
  readonly issues?: readonly ToolArgsIssue[]
  /** TOOL_ARGS_INVALID: there may be more issues, which were not looked for. */
  readonly hasMoreIssues?: true
  /** PROTOCOL_ERROR: the JSON-RPC error code that the server sent. */
  readonly jsonRpcCode?: number
  /** CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR: the HTTP status that the server sent. */
  readonly httpStatus?: number
  /** AUTH_REQUIRED: how the server wants to be authorized, if it says so; OAUTH is begun by `servers.beginAuth`. */
  readonly authentication?: 'OAUTH'
  /** AUTH_REQUIRED, with `authentication`: the scopes that the server asks for. */
  readonly scopes?: readonly string[]
  /** CONNECT_FAILED: the code of the system, the network or TLS (`ENOENT`, `ECONNREFUSED`, `CERT_HAS_EXPIRED`). */
  readonly systemCode?: string
  /** BUSY: the wait that the server asks for, in ms. */
  readonly retryAfterMs?: number
  /** The last lines that a stdio server wrote to stderr. */
  readonly stderrTail?: readonly string[]
  /** CANCELED, of a job: what cancelled it. */
  readonly canceledBy?: CanceledBy
  /** INVALID_INPUT, of a text to import: line and column, from 1. */
  readonly line?: number
  readonly column?: number
}

export interface RegistryErrorOptions {
  /** Place in the caller's input, as property names and indexes, outermost first. */
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

/** Whether `error` is a {@link RegistryError}, and has `code` if one is given. */
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
  readonly authentication?: 'OAUTH'
  readonly scopes?: readonly string[]
  readonly stderrTail: readonly string[]
}

/** The stored form of an error. Any error but a {@link RegistryError} is a bug of ours, and becomes INTERNAL. */
export function toJobError(error: unknown): JobError {
  if (!isRegistryError(error)) {
    const message = error instanceof Error ? error.message : String(error)
    return { code: 'INTERNAL', message: `Unexpected failure: ${message}`, retryable: false, stderrTail: [] }
  }
  const { jsonRpcCode, httpStatus, systemCode, retryAfterMs, canceledBy, stderrTail = [] } = error.details
  const { authentication, scopes } = error.details
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(jsonRpcCode === undefined ? {} : { jsonRpcCode }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(systemCode === undefined ? {} : { systemCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(canceledBy === undefined ? {} : { canceledBy }),
    ...(authentication === undefined ? {} : { authentication }),
    ...(scopes === undefined ? {} : { scopes }),
    stderrTail,
  }
}

export function invalidInput(path: readonly string[], message: string, cause?: unknown): RegistryError {
  return new RegistryError('INVALID_INPUT', message, { path, cause })
}
