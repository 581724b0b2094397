/** The version of this package, as told to MCP servers and in `registryInfo`. */
export const version = '0.2.0'
