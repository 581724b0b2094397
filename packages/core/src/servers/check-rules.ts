import type { ServerConfig, ServerRecord } from '../model/server.ts'
import type { NetworkPolicy } from '../policy/network-policy.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { checkOAuth } from './check-oauth.ts'

export interface RuleDeps {
  readonly stdio: StdioPolicy
  readonly secrets: ServerSecrets
  readonly options: { readonly network: NetworkPolicy }
}

/**
 * Answers the function that checks a configuration against the registry's rules, which every dial checks again. `at` is its
 * path in the caller's input, where its secrets stand under `env` or `headers`. Secret sources that `before` has too are
 * not checked.
 *
 * @throws STDIO_NOT_ALLOWED, URL_BLOCKED, INVALID_INPUT
 */
export function createRuleCheck({ stdio, secrets, options }: RuleDeps) {
  return function checkRules(
    { config }: Pick<ServerRecord, 'config'>,
    at: readonly string[],
    { env, headers, before }: { readonly env: string; readonly headers: string; readonly before?: ServerConfig },
  ): void {
    secrets.assertSources(config, before, ({ place, name }) => {
      if (place === 'auth') return [...at, 'auth', 'token']
      if (place.startsWith('oauth:')) return [...at, 'auth', 'oauth', ...name.split('.')]
      return [...at, place.startsWith('env:') ? env : headers, name]
    })
    if (config.transport !== 'stdio') {
      options.network.assertHost(new URL(config.serverUrl).hostname, [...at, 'serverUrl'])
      const { auth } = config
      if (auth?.type !== 'OAUTH') return
      checkOAuth({ ...config, auth }, before, options.network, { auth: [...at, 'auth'], headers: [...at, headers] })
      return
    }
    stdio.assertStart(config, {
      command: [...at, 'command'],
      cwd: [...at, 'cwd'],
      env: (name) => [...at, env, name],
    })
  }
}
