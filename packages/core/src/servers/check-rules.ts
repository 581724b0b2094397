import type { ServerConfig, ServerRecord } from '../model/server.ts'
import type { NetworkPolicy } from '../policy/network-policy.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'

export interface RuleDeps {
  readonly stdio: StdioPolicy
  readonly secrets: ServerSecrets
  readonly options: { readonly network: NetworkPolicy }
}

/**
 * What the rules of this registry say of a configuration; they are asked again when it is dialled. `at` is where the
 * caller gave it, its secrets under `env` or `headers` there; what stands in `before` too is not asked for.
 */
export function createRuleCheck({ stdio, secrets, options }: RuleDeps) {
  return function checkRules(
    { config }: Pick<ServerRecord, 'config'>,
    at: readonly string[],
    { env, headers, before }: { readonly env: string; readonly headers: string; readonly before?: ServerConfig },
  ): void {
    secrets.assertSources(config, before, ({ place, name }) => {
      if (place === 'auth') return [...at, 'auth', 'token']
      return [...at, place.startsWith('env:') ? env : headers, name]
    })
    if (config.transport !== 'stdio') {
      options.network.assertHost(new URL(config.serverUrl).hostname, [...at, 'serverUrl'])
      return
    }
    stdio.assertStart(config, {
      command: [...at, 'command'],
      cwd: [...at, 'cwd'],
      env: (name) => [...at, env, name],
    })
  }
}
