/** Why a command did not become an MCP server. */
export type StartFault = 'COMMAND_NOT_FOUND' | 'COMMAND_NOT_EXECUTABLE' | 'COMMAND_FAILED'

/** Why a URL could not be reached as an MCP server. */
export type ReachFault =
  | 'NO_MCP_ENDPOINT'
  | 'NOTHING_LISTENS'
  | 'HOST_UNKNOWN'
  | 'CERTIFICATE_REFUSED'
  | 'CONNECTION_FAILED'

/** What is known of a CONNECT_FAILED beside its message. */
export interface ConnectFailure {
  /** The code of Node.js or OpenSSL, such as ENOENT. */
  readonly systemCode: string | null
  readonly httpStatus: number | null
}

const certificateCode = /CERT|SELF_SIGNED|^ERR_TLS_|UNABLE_TO_(VERIFY|GET_ISSUER)/

/** Packages of commands that have another name. */
const packages: ReadonlyMap<string, string> = new Map([
  ['node', 'Node.js'],
  ['npm', 'Node.js'],
  ['npx', 'Node.js'],
  ['uv', 'uv'],
  ['uvx', 'uv'],
  ['python', 'Python'],
  ['python3', 'Python'],
  ['docker', 'Docker'],
])

/** The package to install for a command that was not found. */
export const packageOf = (command: string): string => packages.get(command) ?? command

/** Tells why a server over stdio could not be connected to. */
export function startFaultOf({ systemCode }: ConnectFailure): StartFault {
  // The system reports a missing working directory by the same code.
  if (systemCode === 'ENOENT') return 'COMMAND_NOT_FOUND'
  return systemCode === 'EACCES' ? 'COMMAND_NOT_EXECUTABLE' : 'COMMAND_FAILED'
}

/** Tells why a server over HTTP could not be connected to. */
export function reachFaultOf({ systemCode, httpStatus }: ConnectFailure): ReachFault {
  if (httpStatus !== null) return 'NO_MCP_ENDPOINT'
  if (systemCode === null) return 'CONNECTION_FAILED'
  if (systemCode === 'ECONNREFUSED') return 'NOTHING_LISTENS'
  if (systemCode === 'ENOTFOUND' || systemCode === 'EAI_AGAIN') return 'HOST_UNKNOWN'
  return certificateCode.test(systemCode) ? 'CERTIFICATE_REFUSED' : 'CONNECTION_FAILED'
}
