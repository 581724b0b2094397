/**
 * The functions of the MCP SDK that speak OAuth. Loaded at the first use: few processes connect a server, and its schemas
 * take some MB.
 */
export const loadSdk = () => import('@modelcontextprotocol/client')

export type Sdk = Awaited<ReturnType<typeof loadSdk>>
