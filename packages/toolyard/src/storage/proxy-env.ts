import type { ProxyOptions } from '@toolyard/core'
import { UsageError } from '../base/command-error.ts'

/** Names of the variables, by option; as curl and Node.js do, those in small letters go first. */
const proxyVariables = {
  httpProxy: ['http_proxy', 'HTTP_PROXY'],
  httpsProxy: ['https_proxy', 'HTTPS_PROXY'],
  noProxy: ['no_proxy', 'NO_PROXY'],
} as const satisfies Readonly<Record<keyof ProxyOptions, readonly [string, string]>>

const isOption = (name: string | undefined): name is keyof ProxyOptions =>
  name !== undefined && Object.hasOwn(proxyVariables, name)

/** The name of the variable that counts; undefined if none is set. */
export function setVariable(env: NodeJS.ProcessEnv, option: keyof ProxyOptions): string | undefined {
  return proxyVariables[option].find((name) => env[name])
}

/** The address of a proxy, without credentials. */
export function shownProxy(text: string): string {
  const url = text.includes('://') ? text : `http://${text}`
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'a proxy'
}

/** The proxies of the environment; undefined if it has none. */
export function proxyOf(env: NodeJS.ProcessEnv): ProxyOptions | undefined {
  const read = (option: keyof ProxyOptions) => env[setVariable(env, option) ?? ''] ?? ''
  const options = { httpProxy: read('httpProxy'), httpsProxy: read('httpsProxy'), noProxy: read('noProxy') }
  return options.httpProxy === '' && options.httpsProxy === '' ? undefined : options
}

/**
 * The error for a variable that is not a proxy, without its value. `path` and `message` are those of the registry's
 * error.
 */
export function proxyFault(path: readonly string[], message: string, env: NodeJS.ProcessEnv): UsageError | undefined {
  const [group, option] = path
  if (group !== 'proxy' || !isOption(option)) return undefined
  return new UsageError(`${setVariable(env, option) ?? proxyVariables[option][1]}: ${message}`)
}

/** A fetch of this process; the caller disposes of it. */
export interface ProcessFetch extends AsyncDisposable {
  fetch(request: Request): Promise<Response>
}

/** `fetch` through the proxies of the environment. Rejects with UsageError. */
export async function openFetch(env: NodeJS.ProcessEnv): Promise<ProcessFetch> {
  const proxy = proxyOf(env)
  if (!proxy) {
    return { fetch: (request) => globalThis.fetch(request), [Symbol.asyncDispose]: async () => undefined }
  }
  // Loaded only if there is a proxy: it is another copy of undici.
  const [{ createProxyFetch }, { isRegistryError }] = await Promise.all([
    import('@toolyard/core/internal/proxy-fetch'),
    import('@toolyard/core'),
  ])
  try {
    return createProxyFetch(proxy)
  } catch (error) {
    throw (isRegistryError(error) && proxyFault(error.path ?? [], error.message, env)) || error
  }
}
