import type { ResolvedOptions } from '../options.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { startDeadline } from '../sessions/deadline.ts'
import type { CommandPolicy } from './command-policy.ts'
import { secretsOf } from './config-secrets.ts'
import type { ServerConfig, ServerRecord } from './server.ts'
import { assertEnvAllowed } from './unsafe-env.ts'

export interface RuleParts {
  readonly commands: CommandPolicy
  readonly secrets: ServerSecrets
  readonly options: Pick<ResolvedOptions, 'network' | 'stdio'>
}

/**
 * What the rules of this registry say of a configuration; they are asked again when it is dialled. `at` is where the
 * caller gave it, its secrets under `env` or `headers` there; what stands in `before` too is not asked for.
 */
export function createRuleCheck({ commands, secrets, options }: RuleParts) {
  return async function checkRules(
    { id, config, timeouts }: ServerRecord,
    at: readonly string[],
    { env, headers, before }: { readonly env: string; readonly headers: string; readonly before?: ServerConfig },
  ): Promise<void> {
    secrets.assertSources(config, before, ({ place, name }) => {
      if (place === 'auth') return [...at, 'auth', 'token']
      return [...at, place.startsWith('env:') ? env : headers, name]
    })
    if (config.transport !== 'stdio') {
      options.network.assertHost(new URL(config.serverUrl).hostname, [...at, 'serverUrl'])
      return
    }
    assertEnvAllowed(config.env, options.stdio.allowEnv, (name) => [...at, env, name])
    if (commands.isOpen) return
    const ownPath = secretsOf(config).find(({ name }) => name === 'PATH')
    using deadline = startDeadline(new AbortController().signal, [{ name: 'connectMs', ms: timeouts.connectMs }])
    const path = ownPath && (await secrets.read(id, ownPath, deadline.signal))
    commands.assertCommand({ ...config, path }, [...at, 'command'])
  }
}
