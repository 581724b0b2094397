import { existsSync } from 'node:fs'
import { packageOf, reachFaultOf, startFaultOf } from '@toolyard/core/internal/connect-fault'
import type { ServerFields } from '../queries/documents.ts'
import type { PreviewResult } from '../queries/refresh-preview.ts'
import { type Check, finding } from './check.ts'
import { authFault } from './oauth-checks.ts'

type Refusal = Exclude<PreviewResult, { readonly __typename: 'PreviewMcpServerRefreshPayload' }>
type McpFault = Extract<Refusal, { readonly __typename: 'McpError' }>

const area = 'MCP_SERVERS'

/** The command, or the URL without the parts that may hold secrets. */
function targetOf(server: ServerFields): string {
  if (server.__typename === 'StdioMcpServer') return [server.command, ...server.args].join(' ')
  const { origin, pathname } = new URL(server.serverUrl)
  return `${origin}${pathname}`
}

/** Adds the last lines that the child wrote, which usually say what it lacks. */
function withLastLines({ message, stderrTail }: McpFault): string {
  const lines = stderrTail.filter((line) => line.trim() !== '').slice(-3)
  return lines.length > 0 ? `${message}; it wrote: ${lines.join(' / ')}` : message
}

function startFault(server: Extract<ServerFields, { readonly command: string }>, fault: McpFault, isLocal: boolean) {
  const { name, command, cwd } = server
  const kind = startFaultOf(fault)
  switch (kind) {
    case 'COMMAND_NOT_FOUND': {
      // The system reports one error for a missing folder and a missing command; only this machine can check the folder.
      const lacksFolder = isLocal && cwd !== null && !existsSync(cwd)
      return lacksFolder
        ? finding('FOLDER_NOT_FOUND', area, name, fault.message)
        : finding(kind, area, name, fault.message, { package: packageOf(command) })
    }
    case 'COMMAND_NOT_EXECUTABLE':
      return finding(kind, area, name, fault.message)
    case 'COMMAND_FAILED':
      return finding(kind, area, name, withLastLines(fault), { target: targetOf(server) })
  }
}

function reachFault(server: Extract<ServerFields, { readonly serverUrl: string }>, fault: McpFault): Check {
  return finding(reachFaultOf(fault), area, server.name, fault.message, { target: targetOf(server) })
}

function mcpFault(server: ServerFields, fault: McpFault, isLocal: boolean): Check {
  const { name } = server
  const { code, message } = fault
  const target = targetOf(server)
  switch (code) {
    case 'CONNECT_FAILED':
      return server.__typename === 'StdioMcpServer' ? startFault(server, fault, isLocal) : reachFault(server, fault)
    case 'AUTH_REQUIRED':
      return authFault(server, fault)
    case 'BUSY':
      return finding('SERVER_BUSY', area, name, message)
    case 'TIMEOUT':
      return finding('SERVER_TOO_SLOW', area, name, withLastLines(fault))
    case 'PROTOCOL_ERROR':
    case 'LIMIT_EXCEEDED':
      return finding('PROTOCOL_BROKEN', area, name, withLastLines(fault), { target })
    case 'SECRET_UNREADABLE':
      return finding('SECRET_NOT_READABLE', area, name, message)
    case 'STDIO_NOT_ALLOWED': {
      const command = server.__typename === 'StdioMcpServer' ? server.command : target
      return finding('COMMAND_NOT_ALLOWED', area, name, message, { command })
    }
    case 'URL_BLOCKED': {
      const host = server.__typename === 'StdioMcpServer' ? target : new URL(server.serverUrl).hostname
      return finding('ADDRESS_BLOCKED', area, name, message, { host })
    }
    default:
      return finding('SERVER_FAILED', area, name, withLastLines(fault))
  }
}

/** Maps the path of an invalid input to a finding. */
function inputFault({ code, path }: Exclude<Refusal, McpFault>) {
  const [, ...place] = path ?? []
  if (code !== 'INVALID_INPUT') return 'SERVER_FAILED'
  if (place[0] === 'variables') return 'VARIABLES_NEEDED'
  return place[0] === 'config' && place[1] === 'env' ? 'VARIABLE_NOT_ALLOWED' : 'SERVER_FAILED'
}

/** The check for a server that cannot list its tools. `isLocal`: this process asked it. */
export function checkFault(server: ServerFields, fault: Refusal, isLocal: boolean): Check {
  if (fault.__typename === 'McpError') return mcpFault(server, fault, isLocal)
  return finding(inputFault(fault), area, server.name, fault.message)
}
