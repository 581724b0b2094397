import { invalidInput } from '../base/errors.ts'

/**
 * Proxies through which HTTP servers are reached. The operator chooses their addresses: the network policy does not
 * apply to them.
 */
export interface ProxyOptions {
  /**
   * For `http:` servers: a URL such as `http://user:password@proxy.corp:3128`; without a scheme, http.
   * @default none
   */
  readonly httpProxy?: string
  /** For `https:` servers, likewise. @default `httpProxy` */
  readonly httpsProxy?: string
  /**
   * Hosts that are reached directly, separated by commas or spaces: `corp.example` with its subdomains,
   * `*.corp.example` only the subdomains, addresses, each with a `:port` or for every port; `*` for all hosts. Loopback
   * addresses always are.
   * @default none
   */
  readonly noProxy?: string
}

/** Proxies as undici's EnvHttpProxyAgent takes them: it reads the environment for what is undefined. */
export type ResolvedProxies = Required<ProxyOptions>

/** Reached through a proxy, these names would mean the proxy itself. */
const neverProxied = 'localhost,127.0.0.1,::1'

function proxyUrl(name: 'httpProxy' | 'httpsProxy', given: unknown): string {
  if (given === undefined || given === '') return ''
  const text = typeof given === 'string' && !given.includes('://') ? `http://${given}` : given
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href
  // It may hold a password.
  const got = url ? url.protocol : 'another value'
  throw invalidInput(['proxy', name], `proxy.${name}: expected an http: or https: URL of a proxy, got ${got}`)
}

/**
 * Resolves the options; undefined if no host is proxied.
 * @throws INVALID_INPUT, without the value.
 */
export function resolveProxies({ httpProxy, httpsProxy, noProxy = '' }: ProxyOptions): ResolvedProxies | undefined {
  const http = proxyUrl('httpProxy', httpProxy)
  const https = proxyUrl('httpsProxy', httpsProxy) || http
  if (typeof noProxy !== 'string') throw invalidInput(['proxy', 'noProxy'], 'proxy.noProxy: expected a string')
  if (http === '' && https === '') return undefined
  return Object.freeze({ httpProxy: http, httpsProxy: https, noProxy: `${noProxy},${neverProxied}` })
}
