import { describe, expect, it } from 'vitest'
import { sharedEnv } from './stdio-env.ts'

const plain = {
  HTTP_PROXY: 'http://proxy:3128',
  https_proxy: 'proxy:3128',
  NO_PROXY: 'localhost,.corp',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  SSL_CERT_DIR: '/certs',
  npm_config_registry: 'https://npm.corp/',
}
const secret = {
  HTTPS_PROXY: 'http://me:word@proxy:3128',
  http_proxy: 'me@proxy:3128',
  npm_config_registry: 'https://npm.corp/:_authToken=x',
}
const others = {
  PATH: '/bin',
  HOME: '/home/me',
  AWS_SECRET: 'x',
  TOOLYARD_SECRET_KEY: 'x',
  SSL_CERT_X: '() { :; }',
  EMPTY: '',
}
const passed = (env: NodeJS.ProcessEnv, isOpen: boolean, names?: readonly string[]) =>
  Object.keys(sharedEnv(env, { names, isOpen }).passed).toSorted()

describe('of the variables of the process a stdio server gets', () => {
  it('those of proxies, certificates and the npm registry, and no others', () => {
    for (const isOpen of [true, false]) {
      expect(sharedEnv({ ...plain, ...others }, { names: undefined, isOpen })).toEqual({ passed: plain, withheld: [] })
    }
  })

  it('those with credentials if the server asks for no key, or if they are written out', () => {
    const all = Object.keys(secret).toSorted()
    expect(passed(secret, true)).toEqual(all)
    expect(sharedEnv(secret, { names: undefined, isOpen: false })).toEqual({
      passed: {},
      withheld: Object.keys(secret),
    })
    expect(passed(secret, false, ['*'])).toEqual([])
    expect(passed(secret, false, ['HTTPS_PROXY', 'http_*'])).toEqual(['HTTPS_PROXY'])
    expect(passed({ npm_config__auth: 'x', DB_PASSWORD: 'y' }, false, ['*'])).toEqual([])
  })

  it('those that are named, in any case of letters, and never ours or a function of a shell', () => {
    expect(passed({ ...plain, ...others }, true, ['*'])).toEqual(
      [...Object.keys(plain), 'PATH', 'HOME', 'AWS_SECRET'].toSorted(),
    )
    expect(passed({ ...plain, ...others }, true, ['TOOLYARD_SECRET_KEY', 'HTTPS_PROXY'])).toEqual(['https_proxy'])
    expect(passed({ 'a.b': '1', aXb: '2' }, true, ['a.b'])).toEqual(['a.b'])
    expect(passed(plain, true, [])).toEqual([])
  })

  it('not those that it may miss all the same, which are told', () => {
    const env = { ...plain, ALL_PROXY: 'socks5://proxy', PIP_INDEX_URL: 'https://pip.corp', OTHER: 'x' }
    expect(sharedEnv(env, { names: ['HTTP_PROXY'], isOpen: true }).withheld.toSorted()).toEqual(
      [...Object.keys(plain), 'ALL_PROXY', 'PIP_INDEX_URL'].filter((name) => name !== 'HTTP_PROXY').toSorted(),
    )
  })
})
