import { listOAuthSecrets } from '../../model/oauth-secrets.ts'
import type { ExportedConfig, ExportedSecret, ExportedServer } from '../formats/client-format.ts'
import { isVariable } from '../formats/variable-text.ts'
import type { ImportVariable } from '../import/required-variables.ts'

function secretsIn(config: ExportedConfig): readonly ExportedSecret[] {
  if (config.transport === 'stdio') return config.env
  const oauth = config.oauth ? listOAuthSecrets(config.oauth).map(({ value }) => value) : []
  return [...config.headers, ...(config.auth ? [config.auth] : []), ...oauth]
}

/** Lists each variable of the exported servers once, with the servers that use it. */
export function describeVariables(servers: readonly ExportedServer[]): readonly ImportVariable[] {
  const secrets = servers.flatMap(({ name: server, config }) => {
    return secretsIn(config).map(({ variable, name }) => ({ variable, use: `${name} of ${server}` }))
  })
  const byName = Map.groupBy(secrets, ({ variable }) => variable)
  const inSecrets = [...byName].map(([name, uses]) => ({
    name,
    description: uses.map(({ use }) => use).join(', '),
    required: true,
    secret: true,
    default: null,
  }))
  const inArgs = new Map<string, ImportVariable>()
  for (const { name: server, config } of servers) {
    for (const part of config.transport === 'stdio' ? config.args.flat() : []) {
      if (!isVariable(part) || byName.has(part.name)) continue
      const description = `in the args of ${server}`
      const { name, fallback } = part
      inArgs.set(name, { name, description, required: fallback === null, secret: false, default: fallback })
    }
  }
  return [...inSecrets, ...inArgs.values()]
}
