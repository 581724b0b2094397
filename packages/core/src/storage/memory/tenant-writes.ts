import type { FeedWrite, Write } from '../write.ts'
import { applyFeatureWrite } from './features.ts'
import { applyJobWrite, applyRefreshWrite, applyRunWrite } from './job-writes.ts'
import { applyOAuthWrite } from './oauth.ts'
import { applyPauseWrite } from './pauses.ts'
import { applyQuotaWrite, applyServerWrite } from './server-writes.ts'
import type { Tables } from './tables.ts'
import { applyToolWrite } from './tool-writes.ts'
import { put, take, type Undo } from './undo.ts'

/** Applies one write to the data of a tenant. Returns its undos, which the failure of a later write needs. */
export function applyWrite(tables: Tables, write: Write): Undo[] {
  switch (write.kind) {
    case 'insertServer':
    case 'updateServer':
    case 'setServerState':
    case 'deleteServer':
      return applyServerWrite(tables, write)
    case 'insertTools':
    case 'redefineTools':
    case 'removeTools':
    case 'forgetTools':
    case 'approveTool':
    case 'acceptHints':
    case 'setTool':
      return applyToolWrite(tables, write)
    case 'insertFeatures':
    case 'redefineFeatures':
    case 'removeFeatures':
    case 'forgetFeatures':
      return applyFeatureWrite(tables, write)
    case 'recountTools':
    case 'recountFeatures':
    case 'assertQuota':
      return applyQuotaWrite(tables, write)
    case 'insertRefresh':
    case 'updateRefresh':
      return applyRefreshWrite(tables, write)
    case 'insertRun':
    case 'updateRun':
      return applyRunWrite(tables, write)
    case 'insertPause':
    case 'takePause':
      return applyPauseWrite(tables, write)
    case 'deleteJobs':
    case 'requestCancel':
    case 'forgetCancel':
    case 'appendJobEvents':
      return applyJobWrite(tables, write)
    case 'appendServerEvents':
      return [appendToFeed(tables, write)]
    case 'appendAudit':
      return [put(tables.audit, write.event.id, write.event)]
    case 'deleteAudit':
      return write.events.flatMap(({ id }) => take(tables.audit, id))
    case 'setOAuthGrant':
    case 'setOAuthClient':
    case 'deleteOAuthClient':
    case 'insertOAuthFlow':
    case 'takeOAuthFlow':
      return applyOAuthWrite(tables, write)
  }
}

function appendToFeed({ serverEvents }: Tables, { at, events, keep }: FeedWrite): Undo {
  const before = { kept: serverEvents.kept, last: serverEvents.last }
  const added = events.map((event, index) => ({ seq: before.last + index + 1, at, event }))
  serverEvents.last += added.length
  serverEvents.kept = [...before.kept, ...added].slice(-keep)
  return () => Object.assign(serverEvents, before)
}
