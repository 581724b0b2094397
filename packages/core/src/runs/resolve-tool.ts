import type { AuditLog } from '../audit/audit.ts'
import { invalidInput, isRegistryError, RegistryError } from '../base/errors.ts'
import { isJsonObject, kindOf } from '../base/json.ts'
import type { ToolRef } from '../model/tool-ref.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { missingTool } from './missing-tool.ts'
import type { RunTarget, RunTargets } from './run-targets.ts'

/** @throws INVALID_INPUT for a value of another kind: callers without types also write `"server/tool"` */
function assertRef(ref: unknown): void {
  const isRef =
    isJsonObject(ref) &&
    (typeof ref.id === 'string' || (typeof ref.server === 'string' && typeof ref.tool === 'string'))
  if (!isRef) throw invalidInput(['tool'], `tool: expected { id } or { server, tool }, got ${kindOf(ref)}`)
}

function isUsable({ tool, server }: RunTarget): boolean {
  return tool.removedAt === null && server.enabled && tool.settings.enabled && tool.quarantine?.kind !== 'NEW'
}

/** @throws NOT_FOUND, DISABLED, QUARANTINED */
function assertUsable({ tool, server }: RunTarget): void {
  const { name } = tool.definition
  const refuse = (code: 'NOT_FOUND' | 'DISABLED' | 'QUARANTINED', message: string) =>
    new RegistryError(code, message, { path: ['tool'] })
  if (tool.removedAt !== null) {
    throw refuse('NOT_FOUND', `"${server.name}" no longer lists the tool "${name}"; refresh the server if it should`)
  }
  if (!server.enabled) throw refuse('DISABLED', `The server "${server.name}" is disabled`)
  if (!tool.settings.enabled) throw refuse('DISABLED', `The tool "${name}" is disabled`)
  if (tool.quarantine?.kind === 'NEW') {
    throw refuse('QUARANTINED', `The tool "${name}" is new and not approved yet; approve it to run it`)
  }
}

export interface ToolResolverDeps {
  readonly storage: TenantStorage
  readonly audit: AuditLog
  readonly targets: RunTargets
}

/** Finds the tools of runs. */
export interface ToolResolver {
  /** The tool, if it is kept and may be run. */
  known(ref: ToolRef): RunTarget | undefined
  /** @throws NOT_FOUND, DISABLED, QUARANTINED */
  resolveUsable(ref: ToolRef): Promise<RunTarget>
  /** As `resolveUsable`; refusals by a setting or a policy are recorded in the audit. */
  resolveOrAudit(ref: ToolRef, actor: string | undefined): Promise<RunTarget>
}

export function createToolResolver({ storage, audit, targets }: ToolResolverDeps): ToolResolver {
  function known(ref: ToolRef): RunTarget | undefined {
    assertRef(ref)
    const target = targets.known(ref)
    return target && isUsable(target) ? target : undefined
  }

  /** @throws INVALID_INPUT, NOT_FOUND, DISABLED, QUARANTINED */
  async function resolveUsable(ref: ToolRef): Promise<RunTarget> {
    assertRef(ref)
    const found = await targets.find(ref)
    if (!found) throw await missingTool(storage, ref)
    assertUsable(found)
    return found
  }

  async function resolveOrAudit(ref: ToolRef, actor: string | undefined): Promise<RunTarget> {
    try {
      return await resolveUsable(ref)
    } catch (error) {
      if (!isRegistryError(error, 'DISABLED') && !isRegistryError(error, 'QUARANTINED')) throw error
      const found = await targets.find(ref)
      const target = found ? { targetId: found.tool.id, targetName: found.tool.definition.name } : {}
      return audit.orRefused({ action: 'TOOL_RUN', actor, ...target }, () => Promise.reject(error))
    }
  }

  return { known, resolveUsable, resolveOrAudit }
}
