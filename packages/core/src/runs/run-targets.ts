import { LRUCache } from 'lru-cache'
import { parseId, type TenantId } from '../base/ids.ts'
import { type CallerContext, configFingerprint } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import type { ToolRecord } from '../model/tool.ts'
import type { ToolRef } from '../model/tool-ref.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { type DialTarget, dialTargetOf } from '../sessions/dial-target.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** Number of targets that are kept. */
const kept = 1_000

/** A tool with its server, as a run needs them. */
export interface RunTarget {
  readonly tool: ToolRecord
  readonly server: ServerRecord
  readonly configFingerprint: string
  /** @throws INVALID_INPUT for a template variable without a value */
  readonly dialTarget: (context: CallerContext) => DialTarget
}

/** Makes the target of callers without variables and agent id once, as most are. */
function dialTargets(tenantId: TenantId, server: ServerRecord, secrets: ServerSecrets): RunTarget['dialTarget'] {
  let plain: DialTarget | undefined
  return (context) => {
    if (context.variables !== undefined || context.agentId !== undefined)
      return dialTargetOf(tenantId, server, context, secrets)
    plain ??= dialTargetOf(tenantId, server, context, secrets)
    return plain
  }
}

/** Finds tools with their servers, and keeps them while the catalog has not changed. */
export interface RunTargets {
  /** The target, if it is kept. */
  known(ref: ToolRef): RunTarget | undefined
  find(ref: ToolRef): Promise<RunTarget | undefined>
}

const keyOf = (ref: ToolRef) => ('id' in ref ? ref.id : JSON.stringify([ref.server, ref.tool]))

export function createRunTargets(storage: TenantStorage, secrets: ServerSecrets): RunTargets {
  const found = new LRUCache<string, RunTarget>({ max: kept })
  let foundAt: string | undefined

  async function read(ref: ToolRef): Promise<Pick<RunTarget, 'tool' | 'server'> | undefined> {
    if ('id' in ref) {
      const id = parseId('tool', ref.id)
      const tool = id && (await storage.tools.get(id))
      const server = tool && (await storage.servers.get(tool.serverId))
      return server && { tool, server }
    }
    const server = await storage.servers.getByName(ref.server)
    const tool = server && (await storage.tools.getByName(server.id, ref.tool))
    return tool && { tool, server }
  }

  function known(ref: ToolRef): RunTarget | undefined {
    const version = storage.catalogVersion()
    if (version !== foundAt) {
      found.clear()
      foundAt = version
    }
    return found.get(keyOf(ref))
  }

  async function find(ref: ToolRef): Promise<RunTarget | undefined> {
    const kept = known(ref)
    if (kept) return kept
    const version = foundAt
    const fresh = await read(ref)
    if (!fresh) return undefined
    const target: RunTarget = {
      ...fresh,
      configFingerprint: configFingerprint(fresh.server.config),
      dialTarget: dialTargets(storage.tenantId, fresh.server, secrets),
    }
    // The read may be older than a change that came meanwhile.
    if (version !== undefined && version === foundAt && version === storage.catalogVersion())
      found.set(keyOf(ref), target)
    return target
  }

  return { known, find }
}
