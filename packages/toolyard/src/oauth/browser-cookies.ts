import { hash, randomBytes } from 'node:crypto'
import { callbackPath } from './public-address.ts'

/** Time that an authorization may take, as the library has it, in seconds. */
const maxAgeSec = 600
/** A tenant's name, and 256 random bits. */
const secretForm = /^([a-z\d][a-z\d_-]{0,63})\.[\w-]{43}$/

/** The cookies of browsers that begin authorizations; one for each authorization, so that several may be under way. */
export interface BrowserCookies {
  /** The header `Set-Cookie` that gives a browser its secret. */
  set(state: string, secret: string): string
  /** The header `Set-Cookie` that takes it away. */
  clear(state: string): string
}

// The name tells nothing of the state, which is a secret until it is used.
const nameOf = (state: string) => `toolyard_oauth_${hash('sha256', state, 'hex').slice(0, 24)}`

/** @param publicUrl @default a server that is reached at its own address over http */
export function createBrowserCookies(publicUrl: string | undefined): BrowserCookies {
  const { protocol, pathname } = new URL((publicUrl ?? 'http://localhost') + callbackPath)
  // Lax: the browser comes back by a link of another site.
  const attributes = `Path=${pathname}; HttpOnly; SameSite=Lax${protocol === 'https:' ? '; Secure' : ''}`
  return {
    set: (state, secret) => `${nameOf(state)}=${secret}; Max-Age=${maxAgeSec}; ${attributes}`,
    clear: (state) => `${nameOf(state)}=; Max-Age=0; ${attributes}`,
  }
}

export const newBrowserSecret = (tenant: string) => `${tenant}.${randomBytes(32).toString('base64url')}`

export interface KnownBrowser {
  readonly tenant: string
  readonly secret: string
}

/** The browser that began the authorization with this state, by the header `Cookie`; undefined for another one. */
export function browserOf(cookies: string | undefined, state: string): KnownBrowser | undefined {
  const start = `${nameOf(state)}=`
  const pair = cookies?.split(';').find((each) => each.trim().startsWith(start))
  const secret = pair?.trim().slice(start.length) ?? ''
  const tenant = secretForm.exec(secret)?.[1]
  return tenant === undefined ? undefined : { tenant, secret }
}
