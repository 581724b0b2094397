import { RegistryError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import { slices } from '../base/slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { needsApproval } from '../model/approval.ts'
import type { RunRecorded } from '../model/job.ts'
import { shortestTimeouts } from '../model/timeouts.ts'
import type { ToolRecord } from '../model/tool.ts'
import type { ToolRef } from '../model/tool-ref.ts'
import type { RunOptions } from './api.ts'
import type { ArgumentCheck, ArgumentChecker } from './arguments.ts'
import { checkArgs } from './check-args.ts'
import { createToolResolver, type ToolResolverDeps } from './resolve-tool.ts'
import type { RunTarget } from './run-targets.ts'
import type { ToolCall } from './tool-call.ts'

export interface CallDefaults {
  /** The record policy of tools that do not set their own. */
  readonly record: RunRecorded
  /** Characters of a result that are kept, for tools that set no limit. */
  readonly returnCharLimit: number
}

export interface PrepareCallDeps extends ToolResolverDeps {
  readonly meter: BudgetMeter
  readonly checker: ArgumentChecker
  readonly defaults: CallDefaults
}

function argsInvalid({ issues, hasMoreIssues }: ArgumentCheck): RegistryError {
  const faults = issues.map((issue) => `${issue.pointer || '/'}: ${issue.message}`).join('; ')
  const more = hasMoreIssues ? '; and more, which were not looked for' : ''
  return new RegistryError('TOOL_ARGS_INVALID', `The args do not fit the tool's input schema: ${faults}${more}`, {
    path: ['args'],
    details: { issues, ...(hasMoreIssues ? { hasMoreIssues } : {}) },
  })
}

/** Prepares a call: at once, if the tool is kept and its args are quickly checked. A refusal by a setting or a policy is recorded in the audit, unless `isAudited` is false. */
export type PrepareCall = (
  ref: ToolRef,
  input: JsonObject,
  options: RunOptions,
  audit?: { readonly isAudited: boolean },
  /** Receives the tool before its args are checked, to refuse the call. */
  onTool?: (tool: ToolRecord) => void,
) => ToolCall | Promise<ToolCall>

const audited = { isAudited: true }

/**
 * Answers the function that prepares a call: it finds the tool, checks its args, and resolves the server's configuration.
 *
 * @throws INVALID_INPUT, NOT_FOUND, DISABLED, QUARANTINED, TOOL_ARGS_INVALID
 */
export function createCallPreparation(deps: PrepareCallDeps): PrepareCall {
  const { meter, checker, defaults } = deps
  const resolver = createToolResolver(deps)

  function callOf(
    { tool, server, configFingerprint, dialTarget }: RunTarget,
    args: JsonObject,
    checked: ArgumentCheck,
    options: RunOptions,
  ): ToolCall {
    if (checked.issues.length > 0) throw argsInvalid(checked)
    const { definition, settings } = tool
    const { annotations } = definition
    return {
      serverId: server.id,
      serverName: server.name,
      toolId: tool.id,
      toolName: definition.name,
      args,
      recorded: {
        args: settings.recordArgs ?? defaults.record.args,
        result: settings.recordResults ?? defaults.record.result,
      },
      target: dialTarget(options),
      inputSchema: definition.inputSchema,
      definitionText: tool.definitionText,
      needsApproval: needsApproval(tool, server),
      timeouts: shortestTimeouts(meter, server.timeouts, options.timeouts),
      isRepeatable: annotations?.readOnlyHint === true || annotations?.idempotentHint === true,
      unchecked: checked.unchecked,
      charLimit: settings.returnCharLimit ?? defaults.returnCharLimit,
      configFingerprint,
    }
  }

  async function checkedLater(target: RunTarget, args: JsonObject, options: RunOptions): Promise<ToolCall> {
    await slices.next()
    return callOf(target, args, checker.check(target.tool, args), options)
  }

  function callTo(target: RunTarget, input: JsonObject, options: RunOptions): ToolCall | Promise<ToolCall> {
    const args = checkArgs(input, meter)
    const quick = checker.tryCheck(target.tool, args)
    return quick ? callOf(target, args, quick, options) : checkedLater(target, args, options)
  }

  return (ref, input, options, { isAudited } = audited, onTool) => {
    const prepared = (target: RunTarget) => {
      onTool?.(target.tool)
      return callTo(target, input, options)
    }
    const known = resolver.known(ref)
    if (known) return prepared(known)
    const resolved = isAudited ? resolver.resolveOrAudit(ref, options.actor) : resolver.resolveUsable(ref)
    return resolved.then(prepared)
  }
}
