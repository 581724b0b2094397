/** Variables that commands need behind a company's proxy: its address, trusted certificates, the npm registry. */
export const passedByDefault = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_*',
  'npm_config_registry',
] as const

/** More variables for the same purposes. */
const passedByName = [
  'ALL_PROXY',
  'npm_config_proxy',
  'npm_config_https_proxy',
  'npm_config_cafile',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_INDEX_URL',
  'UV_INDEX_URL',
  'UV_DEFAULT_INDEX',
] as const

/** The variables of this process that stdio servers get. */
export interface PassEnvPolicy {
  /** Undefined: `passedByDefault`. */
  readonly names: readonly string[] | undefined
  /** Whether the server asks for no API key: then its only user is the person whose variables they are. */
  readonly isOpen: boolean
}

export interface SharedEnv {
  readonly passed: Readonly<Record<string, string>>
  /** Names of variables that are set and that commands may need, but that are not passed. */
  readonly withheld: readonly string[]
}

/** Matches names in any case: curl, npm and Python read names of proxies in lower case, too. */
function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${source.join('.*')}$`, 'is').test(name)
  })
}

/** `user:password@` of a URL, with or without a scheme, and the names that npm gives to credentials. */
function holdsCredentials(name: string, value: string): boolean {
  return (
    /^(?:[a-z][a-z\d+.-]*:\/\/)?[^/?#\s]*@/i.test(value) || [name, value].some((text) => /_auth|password/i.test(text))
  )
}

/** Variables of toolyard are never passed: one of them is the key of all secrets. */
const isOurs = (name: string) => name.toUpperCase().startsWith('TOOLYARD_')
/** A function, as shells export it. */
const isFunction = (value: string) => value.startsWith('()')

function isPassed(name: string, value: string, { names, isOpen }: PassEnvPolicy): boolean {
  if (isOurs(name) || !isNamed(name, names ?? passedByDefault)) return false
  if (isOpen || !holdsCredentials(name, value)) return true
  // An operator who writes out the name of one means it.
  return isNamed(name, names?.filter((each) => !each.includes('*')) ?? [])
}

/** Splits the environment: variables that stdio servers get, and names of those that they may lack. */
export function sharedEnv(env: NodeJS.ProcessEnv, policy: PassEnvPolicy): SharedEnv {
  const passed: Record<string, string> = {}
  const withheld: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || isFunction(value)) continue
    if (isPassed(name, value, policy)) passed[name] = value
    else if (isNamed(name, [...passedByDefault, ...passedByName])) withheld.push(name)
  }
  return { passed, withheld }
}
