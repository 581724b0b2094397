/** The place of a registry. */
export type DatabaseLocation =
  /** `path` may be `:memory:`. */
  { readonly kind: 'SQLITE'; readonly path: string } | { readonly kind: 'POSTGRES'; readonly url: string }

export const databaseForms = 'sqlite:PATH, sqlite::memory:, or postgres://USER:PASSWORD@HOST:PORT/DATABASE'

/** Returns undefined if the text is no URL of a database. */
export function parseDatabaseUrl(text: string): DatabaseLocation | undefined {
  if (text.startsWith('sqlite:')) {
    const path = text.slice('sqlite:'.length)
    return path === '' ? undefined : { kind: 'SQLITE', path }
  }
  const isPostgres = /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
  return isPostgres ? { kind: 'POSTGRES', url: text } : undefined
}

/** The name of a database without its password, which may stand before the host or among the options. */
export function nameOfDatabase(location: DatabaseLocation): string {
  if (location.kind === 'SQLITE') return `sqlite:${location.path}`
  const { protocol, username, host, pathname } = new URL(location.url)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}

/** Shows a text that could not be parsed, without any part that may be a password. */
export function showDatabaseUrl(text: string): string {
  const isPath = text.startsWith('sqlite:') || !/[:@=]/.test(text)
  return isPath ? text : text.replace(/[:@=].*/s, '…')
}
