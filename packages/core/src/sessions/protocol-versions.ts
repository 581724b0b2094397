import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'

/** MCP protocol revisions that a session can speak, newest first. */
export const supportedProtocolVersions: readonly string[] = [...SUPPORTED_PROTOCOL_VERSIONS]
