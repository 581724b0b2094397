import { useViewer } from '../api/viewer.ts'

/**
 * Why this tab's key may not answer what the server of a run asks for, by the rule of the API: `run` for its own runs, `write`
 * for those of all. Undefined if it may, or while that is unknown.
 */
export function useAnswerObstacle(actor: string | null): string | undefined {
  const viewer = useViewer()
  // Without keys, every caller may answer.
  if (!viewer || viewer.keyId === null || viewer.scopes.includes('write')) return undefined
  if (actor !== viewer.keyId)
    return `Started by ${actor === null ? 'another caller' : actor.slice(0, 100)}. Answering it takes that key, or one with the scope write.`
  return viewer.scopes.includes('run') ? undefined : 'This API key lacks the scope run'
}
