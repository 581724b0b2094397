/** Where a registry is kept. */
export type DatabaseLocation =
  /** `path` may be `:memory:`. */
  { readonly kind: 'SQLITE'; readonly path: string } | { readonly kind: 'POSTGRES'; readonly url: string }

export const databaseForms = 'sqlite:PATH, sqlite::memory:, or postgres://USER:PASSWORD@HOST:PORT/DATABASE'

/** Undefined for what is none. */
export function parseDatabaseUrl(text: string): DatabaseLocation | undefined {
  if (text.startsWith('sqlite:')) {
    const path = text.slice('sqlite:'.length)
    return path === '' ? undefined : { kind: 'SQLITE', path }
  }
  const isPostgres = /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
  return isPostgres ? { kind: 'POSTGRES', url: text } : undefined
}

/** As it may be shown: a password can stand before the host and among the options. */
export function nameOfDatabase(location: DatabaseLocation): string {
  if (location.kind === 'SQLITE') return `sqlite:${location.path}`
  const { protocol, username, host, pathname } = new URL(location.url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}

/** Of a text that was not understood: nobody knows where in it a password is. */
export function showDatabaseUrl(text: string): string {
  const isPath = text.startsWith('sqlite:') || !/[:@=]/.test(text)
  return isPath ? text : text.replace(/[:@=].*/s, '…')
}
