import type { ServerFields } from './documents.ts'

type HttpServer = Exclude<ServerFields, { readonly __typename: 'StdioMcpServer' }>
export type OAuthFields = Extract<NonNullable<HttpServer['auth']>, { readonly __typename: 'OAuthAuth' }>

/** OAuth of a server that has it. */
export function oauthOf(server: ServerFields): OAuthFields | undefined {
  if (server.__typename === 'StdioMcpServer') return undefined
  return server.auth?.__typename === 'OAuthAuth' ? server.auth : undefined
}
