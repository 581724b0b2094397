import { RegistryError, type ToolArgsIssue } from '../base/errors.ts'
import { kindOf, pointerToken } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { PromptArgument } from '../model/feature.ts'
import { checkArgs } from '../runs/check-args.ts'

const pointerOf = (name: string) => `/${pointerToken(name)}`

/** Each argument that is missing, unknown or no string. */
function issuesOf(known: readonly PromptArgument[], given: object): readonly ToolArgsIssue[] {
  const names = new Set(known.map(({ name }) => name))
  const missing = known.filter(({ name, required }) => required === true && !Object.hasOwn(given, name))
  return [
    ...missing.map(({ name }) => ({ pointer: pointerOf(name), keyword: 'required', message: 'is required' })),
    ...Object.entries(given).flatMap(([name, value]): readonly ToolArgsIssue[] => {
      const pointer = pointerOf(name)
      if (!names.has(name))
        return [{ pointer, keyword: 'additionalProperties', message: 'is no argument of the prompt' }]
      if (typeof value === 'string') return []
      return [{ pointer, keyword: 'type', message: `must be a string, got ${kindOf(value)}` }]
    }),
  ]
}

/**
 * The arguments of a prompt, checked against those that its server names.
 * @throws TOOL_ARGS_INVALID, INVALID_INPUT
 */
export function checkPromptArguments(
  known: readonly PromptArgument[],
  input: unknown,
  meter: BudgetMeter,
): Readonly<Record<string, string>> {
  const given = checkArgs(input, meter)
  const all = issuesOf(known, given)
  const issues = all.slice(0, meter.budgets.argsIssues)
  if (all.length > 0) {
    const faults = issues.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ')
    throw new RegistryError('TOOL_ARGS_INVALID', `The args do not fit the prompt: ${faults.slice(0, 4_000)}`, {
      path: ['args'],
      details: { issues, ...(all.length > issues.length ? { hasMoreIssues: true } : {}) },
    })
  }
  // Each of them was found to be a string.
  return given as Readonly<Record<string, string>>
}
