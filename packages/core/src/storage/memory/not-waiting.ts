import { RegistryError } from '../../base/errors.ts'
import type { ToolId } from '../../base/ids.ts'

/** The error of `approveTool` where another definition waits, or none. */
export function notWaiting(toolId: ToolId): RegistryError {
  return new RegistryError(
    'REVISION_CONFLICT',
    `The definition of ${toolId} that waits for approval is another one now`,
    {
      path: ['digest'],
    },
  )
}
