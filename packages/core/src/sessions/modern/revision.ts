/** The revision of the protocol that a modern session speaks: each request is whole in itself, without a handshake. */
export const modernVersion = '2026-07-28'

/** Error codes that only modern servers answer with (MCP 2026-07-28, basic, error codes). */
export const headerMismatch = -32020
export const missingCapability = -32021
export const unsupportedVersion = -32022

const modernCodes: readonly number[] = [headerMismatch, missingCapability, unsupportedVersion]

/** Whether a JSON-RPC error code tells that the server speaks a modern revision. */
export function isModernCode(code: number | undefined): boolean {
  return code !== undefined && modernCodes.includes(code)
}

const prefix = 'io.modelcontextprotocol/'

/** Keys in the `_meta` of requests, results and notifications (MCP 2026-07-28, basic, `_meta`). */
export const metaKeys = {
  protocolVersion: `${prefix}protocolVersion`,
  clientInfo: `${prefix}clientInfo`,
  clientCapabilities: `${prefix}clientCapabilities`,
  logLevel: `${prefix}logLevel`,
  serverInfo: `${prefix}serverInfo`,
  subscriptionId: `${prefix}subscriptionId`,
} as const
