import { z } from 'zod'
import { invalidInput } from '../base/errors.ts'
import { issueInWords } from '../base/input-issues.ts'
import type { ToolSettings } from '../model/tool.ts'
import type { ToolSettingsInput } from './api.ts'

const recordPolicy = z.enum(['KEEP', 'REDACT', 'DROP'])
const settingsInput = z.strictObject({
  enabled: z.boolean().nullish(),
  tags: z.array(z.string().min(1).max(255)).max(100).nullish(),
  returnCharLimit: z.int().min(1).nullish(),
  recordArgs: recordPolicy.nullish(),
  recordResults: recordPolicy.nullish(),
  approvalPolicy: z.enum(['NEVER', 'DESTRUCTIVE', 'ALWAYS']).nullish(),
})

/** The settings that an input names. */
export function fieldsOf(input: ToolSettingsInput): readonly string[] {
  // The input is not checked yet, and may be null.
  return Object.keys(input ?? {}).filter((name) => name in settingsInput.shape)
}

/**
 * The settings after `input`: an omitted member stays, null clears one.
 *
 * @throws INVALID_INPUT
 */
export function mergeSettings(before: ToolSettings, input: ToolSettingsInput): ToolSettings {
  const parsed = settingsInput.safeParse(input, { error: issueInWords })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const message = `${issue?.path.join('.') || 'input'}: ${issue?.message ?? 'invalid'}`
    throw invalidInput(issue?.path.map(String) ?? [], message, parsed.error)
  }
  const { enabled, tags, ...given } = parsed.data
  const { returnCharLimit = before.returnCharLimit } = given
  const { approvalPolicy = before.approvalPolicy } = given
  const { recordArgs = before.recordArgs, recordResults = before.recordResults } = given
  return {
    enabled: enabled === undefined ? before.enabled : (enabled ?? true),
    tags: tags === undefined ? before.tags : [...new Set(tags ?? [])],
    returnCharLimit,
    recordArgs,
    recordResults,
    approvalPolicy,
  }
}
