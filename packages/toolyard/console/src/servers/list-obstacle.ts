import type { ServerRow } from '../live/feed-document.ts'

/** Why what a server has is not known, or not known anew. */
export type ListObstacle = 'DISABLED' | 'AUTHORIZATION' | 'FAILURE' | 'VARIABLES' | 'NOT_READ'

interface Known {
  readonly status: ServerRow['status']
  /** Whether the page shows the server's failure. */
  readonly isFailing: boolean
  readonly usesOAuth: boolean
  /** Whether the page asks for variables that have no value. */
  readonly lacksVariables: boolean
}

/** Undefined if the server was read: then what it does not list, it does not have. */
export function listObstacleOf({ status, isFailing, usesOAuth, lacksVariables }: Known): ListObstacle | undefined {
  if (status === 'DISABLED') return 'DISABLED'
  if (status === 'NEEDS_AUTH' && usesOAuth) return 'AUTHORIZATION'
  if (isFailing) return 'FAILURE'
  if (status === 'READY' || status === 'DEGRADED') return undefined
  return lacksVariables ? 'VARIABLES' : 'NOT_READ'
}
