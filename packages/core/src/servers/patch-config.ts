import { invalidInput } from '../base/errors.ts'
import type { SecretValue } from '../model/secret-value.ts'
import type { SecretPair, ServerConfig } from '../model/server.ts'
import { type ParsedConfigPatch, toServerConfig } from './input.ts'

function patchPairs(
  pairs: readonly SecretPair[],
  set: Readonly<Record<string, SecretValue>>,
  unset: readonly string[],
  fold: (name: string) => string,
): readonly SecretPair[] {
  const replaced = new Set([...Object.keys(set), ...unset].map(fold))
  const kept = pairs.filter(({ name }) => !replaced.has(fold(name)))
  return [...kept, ...Object.entries(set).map(([name, value]) => ({ name, value }))]
}

/**
 * The configuration after `patch`, whose omitted members stay.
 *
 * @throws INVALID_INPUT for a patch of another transport
 */
export function patchConfig(config: ServerConfig, patch: ParsedConfigPatch): ServerConfig {
  if (patch.transport === 'replace') return toServerConfig(patch.config)
  if (patch.transport === 'stdio' && config.transport === 'stdio') {
    return {
      transport: 'stdio',
      command: patch.command ?? config.command,
      args: patch.args ?? config.args,
      cwd: patch.cwd === undefined ? config.cwd : patch.cwd,
      env: patchPairs(config.env, patch.setEnv, patch.unsetEnv, (name) => name),
    }
  }
  if (patch.transport !== 'stdio' && config.transport === patch.transport) {
    return {
      transport: config.transport,
      serverUrl: patch.serverUrl ?? config.serverUrl,
      auth: patch.auth === undefined ? config.auth : patch.auth,
      headers: patchPairs(config.headers, patch.setHeaders, patch.unsetHeaders, (name) => name.toLowerCase()),
    }
  }
  throw invalidInput(
    ['config', patch.transport],
    `The server's transport is ${config.transport}: expected a patch for ${config.transport}, got one for ${patch.transport}; only replace may change the transport`,
  )
}
