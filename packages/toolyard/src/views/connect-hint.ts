import { printable } from '../output/printable.ts'
import type { ServerFields } from '../queries/documents.ts'
import { oauthOf } from '../queries/oauth-fields.ts'

type LastError = Pick<NonNullable<ServerFields['health']['lastError']>, 'code' | 'authentication'>

/** Whether only the owner of the server can end this error, by OAuth. */
export function wantsOAuth(server: ServerFields, error: LastError | null): boolean {
  return error?.code === 'AUTH_REQUIRED' && (error.authentication === 'OAUTH' || oauthOf(server) !== undefined)
}

/** What the owner of a server that wants OAuth does: consents in a browser, or sets other credentials. */
export function connectHint(server: ServerFields): string {
  const name = printable(server.name)
  const oauth = oauthOf(server)
  if (!oauth || oauth.grant === 'AUTHORIZATION_CODE') return `toolyard auth ${name} connects it`
  return `set its credentials anew with toolyard update ${name} --oauth`
}

/** The hint for a server that waits for its owner; undefined for one that does not, or that wants no OAuth. */
export function hintForServer(server: ServerFields): string | undefined {
  const isWaiting = server.status === 'NEEDS_AUTH' && wantsOAuth(server, server.health.lastError)
  return isWaiting ? connectHint(server) : undefined
}

/** What the owner of a server does about its OAuth; undefined if there is nothing to do. */
export function oauthAdvice(server: ServerFields): string | undefined {
  const oauth = oauthOf(server)
  if (!oauth) return hintForServer(server)
  const name = printable(server.name)
  const isBrowser = oauth.grant === 'AUTHORIZATION_CODE'
  switch (oauth.status) {
    case 'NOT_CONNECTED':
      return isBrowser ? connectHint(server) : `toolyard refresh ${name} asks for a token`
    case 'AUTHORIZING':
      return `finish it in the browser, or begin anew with toolyard auth ${name}`
    case 'REAUTH_REQUIRED':
      return connectHint(server)
    case 'CONNECTED':
    case 'EXPIRED': {
      const wanted = printable(oauth.requestedScopes.join(' '))
      return isBrowser && wanted !== '' ? `toolyard auth ${name} asks for ${wanted}, too` : undefined
    }
  }
}
