// Converts servers, tools and runs to the seed system's API.
import type { McpServer, McpTool, SecretEntry, ToolExecutionResult } from '@toolyard/core'
import { mask } from './server-bodies.ts'

const serverTypes = { stdio: 'stdio', sse: 'sse', streamableHttp: 'streamable_http' } as const

function masked(entries: readonly SecretEntry[]): Readonly<Record<string, string>> | null {
  return entries.length === 0 ? null : Object.fromEntries(entries.map(({ name }) => [name, mask]))
}

export function serverView(server: McpServer) {
  const base = { id: server.id, server_name: server.name, mcp_server_type: serverTypes[server.transport] }
  if (server.transport === 'stdio') {
    return { ...base, command: server.command, args: server.args, env: masked(server.env) }
  }
  // The seed's API has no OAuth.
  const auth = server.auth?.type === 'HEADER' ? server.auth : null
  return {
    ...base,
    server_url: server.serverUrl,
    auth_header: auth?.header ?? null,
    auth_token: auth ? mask : null,
    custom_headers: masked(server.customHeaders),
  }
}

export function toolView(tool: McpTool, server: McpServer) {
  const { id, name, description, inputSchema, schemaHealth, tags, returnCharLimit } = tool
  return {
    id,
    tool_type: 'external_mcp',
    name,
    description,
    tags: [`mcp:${server.name}`, ...tags],
    json_schema: {
      name,
      description,
      parameters: inputSchema,
      'mcp:SCHEMA_STATUS': schemaHealth.status,
      'mcp:SCHEMA_WARNINGS': schemaHealth.reasons,
    },
    args_json_schema: inputSchema,
    return_char_limit: returnCharLimit,
    metadata_: { mcp: { server_name: server.name, server_id: server.id } },
  }
}

export function resultView({ status, funcReturn, stdout, stderr, configFingerprint }: ToolExecutionResult) {
  return {
    status: status === 'SUCCESS' ? 'success' : 'error',
    func_return: funcReturn,
    stdout,
    stderr,
    sandbox_config_fingerprint: configFingerprint,
  }
}
