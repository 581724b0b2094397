import type { ForeignFetch } from './foreign-fetch.ts'

/** Parameters of a request for tokens that are secrets (RFC 6749, 7521, 7523, 7636, 8693). */
const secretParameters = [
  'code',
  'code_verifier',
  'refresh_token',
  'client_secret',
  'client_assertion',
  'assertion',
  'subject_token',
] as const

export interface SentSecrets {
  readonly fetch: ForeignFetch
  /** The secrets of the forms and headers that were sent: an answer may quote them where it is shown or stored. */
  readonly secrets: readonly string[]
}

/** Remembers the secrets that `fetch` sends for one purpose. */
export function rememberSecrets(fetch: ForeignFetch): SentSecrets {
  const secrets: string[] = []
  return {
    secrets,
    fetch(url, init) {
      if (init?.body instanceof URLSearchParams) {
        for (const name of secretParameters) secrets.push(...init.body.getAll(name))
      }
      const [, credentials] = new Headers(init?.headers).get('authorization')?.split(' ') ?? []
      if (credentials !== undefined) secrets.push(credentials, ...passwordIn(credentials))
      return fetch(url, init)
    },
  }
}

/** RFC 7617 section 2: the password stands behind the first colon. */
function passwordIn(credentials: string): readonly string[] {
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  return pair.includes(':') ? [pair.slice(pair.indexOf(':') + 1)] : []
}
