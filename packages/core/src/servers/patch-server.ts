import type { McpTimeouts, ServerRecord } from '../model/server.ts'
import type { parseUpdateInput } from './input.ts'
import { patchConfig } from './patch-config.ts'

/**
 * The server after `patch`, whose omitted members stay.
 *
 * @throws INVALID_INPUT for a patch of another transport
 */
export function patchServer(
  before: ServerRecord,
  patch: ReturnType<typeof parseUpdateInput>,
  timeouts: McpTimeouts,
): ServerRecord {
  const { name, description, labels, enabled, config, protocolEra, toolChangePolicy } = patch
  const { approvalPolicy, inputPolicy, refreshIntervalMs } = patch
  return {
    ...before,
    name: name ?? before.name,
    description: description === undefined ? before.description : description,
    labels: labels === undefined ? before.labels : [...new Set(labels ?? [])],
    enabled: enabled ?? before.enabled,
    config: config ? patchConfig(before.config, config) : before.config,
    timeouts,
    protocolEra: protocolEra ?? before.protocolEra,
    toolChangePolicy: toolChangePolicy ?? before.toolChangePolicy,
    approvalPolicy: approvalPolicy ?? before.approvalPolicy,
    inputPolicy: inputPolicy ?? before.inputPolicy,
    refreshIntervalMs: refreshIntervalMs === undefined ? before.refreshIntervalMs : refreshIntervalMs,
  }
}
