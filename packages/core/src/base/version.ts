/** The version of this package, sent to MCP servers and shown in `registryInfo`. */
export const version = '0.2.0'
