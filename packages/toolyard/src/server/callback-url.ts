import type { BrowserRequest } from '@toolyard/graphql'
import { parseHost } from '@toolyard/graphql/internal/origin'
import { callbackPath } from '../oauth/public-address.ts'
import { isLoopback } from './origin.ts'

interface Address {
  /** Where the server listens. */
  readonly host: string
  readonly publicUrl?: string | undefined
}

/**
 * Where the browser of a request comes back to; undefined if that is not known. On this machine it is the name and port
 * that the browser itself uses: a cookie of localhost is not sent to 127.0.0.1.
 */
export function callbackUrlFor({ header }: BrowserRequest, { host, publicUrl }: Address): string | undefined {
  if (publicUrl !== undefined) return publicUrl + callbackPath
  const named = isLoopback(host) ? parseHost(header('host')) : undefined
  return named && isLoopback(named.hostname) ? `http://${named.host}${callbackPath}` : undefined
}
