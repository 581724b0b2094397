import type { RefreshOutcome } from '../jobs/job.ts'
import type { McpToolChange } from './tool.ts'

/**
 * The differences, whole as long as they come to at most `maxBytes` of JSON; from the first one that does not fit without
 * their values, and without those for whose pointers there is no room either.
 */
export function boundChanges(updated: RefreshOutcome['updated'], maxBytes: number): RefreshOutcome['updated'] {
  let left = maxBytes
  let hasValues = true
  function fits(change: McpToolChange): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(change))
    if (bytes > left) return false
    left -= bytes
    return true
  }
  function bounded(change: McpToolChange): McpToolChange | undefined {
    hasValues &&= fits(change)
    if (hasValues) return change
    const { pointer } = change
    return fits({ pointer }) ? { pointer } : undefined
  }
  return updated.map(({ toolId, changes }) => ({
    toolId,
    changes: changes.flatMap((change) => bounded(change) ?? []),
  }))
}
