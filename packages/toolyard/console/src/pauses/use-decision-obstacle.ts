import { useQuery } from 'urql'
import { registryInfo } from '../api/api-gate.tsx'
import { useMissingScope, useViewer } from '../api/viewer.ts'

/**
 * Why this tab's key may not decide a run, by the rule of the API: that takes `write`, and another key than the one that
 * started the run. Undefined if it may, or while that is unknown.
 */
export function useDecisionObstacle(actor: string | null): string | undefined {
  const missingScope = useMissingScope('write')
  const viewer = useViewer()
  const [{ data }] = useQuery({ query: registryInfo, requestPolicy: 'cache-first' })
  if (missingScope !== undefined) return missingScope
  // Without keys, every caller may decide.
  if (!viewer || viewer.keyId === null || viewer.keyId !== actor || data?.registryInfo.selfApproval !== false)
    return undefined
  return 'This API key started the run, and may not decide it. Another key with the scope write may.'
}
