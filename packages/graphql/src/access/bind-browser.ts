import type { BegunAuth } from '@toolyard/core'

/** The request over HTTP that begins an authorization. */
export interface BrowserRequest {
  /** The caller's tenant. */
  readonly tenant: string
  /** Returns a header of the request; undefined if it is absent. Names in lower case. */
  header(name: string): string | undefined
}

/** Ties an authorization to the browser that begins it. */
export interface BrowserBinding {
  /** Where the browser comes back to. @default the registry's `oauth.callbackUrl` */
  readonly redirectUri?: string
  /** The secret of the browser; `servers.completeAuth` completes the authorization with it, instead of the caller. */
  readonly browser: string
  /** Returns the value of the header `Set-Cookie` that gives the browser its secret. */
  cookieFor(begun: BegunAuth): string
}

/**
 * Called when `beginMcpAuth` names no redirect URI: the browser then comes back to a route of the application. Only over
 * HTTP, as a WebSocket can set no cookie.
 */
export type BindBrowser = (request: BrowserRequest) => BrowserBinding
