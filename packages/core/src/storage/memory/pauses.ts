import { otherPause } from '../errors.ts'
import type { PauseReads } from '../storage.ts'
import type { PauseWrite } from '../write.ts'
import { getMany } from './rows.ts'
import type { Tables } from './tables.ts'
import { put, take, type Undo } from './undo.ts'

export function createPauseReads({ pauses }: Tables): PauseReads {
  return {
    get: async (runId) => pauses.get(runId),
    getMany: async (runIds) => getMany(pauses, runIds),
    runsOfServer: async (serverId) =>
      [...pauses.values()].flatMap((pause) => (pause.serverId === serverId ? pause.runId : [])),
    count: async () => pauses.size,
  }
}

export function applyPauseWrite({ pauses, runs }: Tables, write: PauseWrite): Undo[] {
  if (write.kind === 'insertPause') {
    const { runId } = write.pause
    if (pauses.has(runId)) throw otherPause(runId)
    return [put(pauses, runId, write.pause)]
  }
  if (pauses.get(write.runId)?.version !== write.version) throw otherPause(write.runId)
  const run = runs.get(write.runId)
  return [...take(pauses, write.runId), ...(run && write.args ? [put(runs, run.id, { ...run, args: write.args })] : [])]
}
