import { RegistryError } from '@toolyard/core'
import type { BindBrowser, BrowserRequest } from '@toolyard/graphql'
import { type BrowserCookies, newBrowserSecret } from './browser-cookies.ts'

export interface BindBrowserOptions {
  readonly cookies: BrowserCookies
  /** The callback as the browser of a request reaches it; undefined if that is not known. */
  readonly callbackFor: (request: BrowserRequest) => string | undefined
}

/** Ties authorizations that come back to the server's callback to the browser that begins them, by a cookie. */
export function createBindBrowser({ cookies, callbackFor }: BindBrowserOptions): BindBrowser {
  return (request) => {
    const redirectUri = callbackFor(request)
    if (redirectUri === undefined) {
      const message =
        'redirectUri: expected a URI, as TOOLYARD_PUBLIC_URL does not say at which address browsers reach this server, got none'
      throw new RegistryError('INVALID_INPUT', message, { path: ['redirectUri'] })
    }
    const browser = newBrowserSecret(request.tenant)
    return { redirectUri, browser, cookieFor: ({ state }) => cookies.set(state, browser) }
  }
}
