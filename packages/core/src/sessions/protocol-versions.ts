/** MCP protocol revisions with a handshake that a session can speak, newest first: those of the SDK. */
export const supportedProtocolVersions: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
]
