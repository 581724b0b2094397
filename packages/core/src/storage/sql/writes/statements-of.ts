import type { AuditWrite, SystemWrite, TenantWrite } from '../../write.ts'
import type { SqlDialect } from '../dialect.ts'
import { toAuditRow } from '../rows/audit-rows.ts'
import { insert, type Statement } from '../statement.ts'
import { feedStatements } from './event-writes.ts'
import { featureStatements } from './feature-writes.ts'
import { jobStatements, refreshStatements, runStatements } from './job-writes.ts'
import { oauthStatements } from './oauth-writes.ts'
import { pauseStatements } from './pause-writes.ts'
import { quotaStatements } from './quota-writes.ts'
import { serverStatements } from './server-writes.ts'
import { systemStatements } from './system-writes.ts'
import { toolStatements } from './tool-writes.ts'

/** The statements of a write, in order. */
export function statementsOf(write: TenantWrite | SystemWrite, dialect: SqlDialect): readonly Statement[] {
  return 'tenantId' in write ? tenantStatements(write, dialect) : systemStatements(write, dialect)
}

function tenantStatements(write: TenantWrite, dialect: SqlDialect): readonly Statement[] {
  switch (write.kind) {
    case 'insertServer':
    case 'updateServer':
    case 'setServerState':
    case 'deleteServer':
      return serverStatements(write)
    case 'insertTools':
    case 'redefineTools':
    case 'removeTools':
    case 'forgetTools':
    case 'approveTool':
    case 'acceptHints':
    case 'setTool':
      return toolStatements(write, dialect)
    case 'insertFeatures':
    case 'redefineFeatures':
    case 'removeFeatures':
    case 'forgetFeatures':
      return featureStatements(write, dialect)
    case 'recountTools':
    case 'recountFeatures':
    case 'assertQuota':
      return quotaStatements(write)
    case 'insertRefresh':
    case 'updateRefresh':
      return refreshStatements(write)
    case 'insertRun':
    case 'updateRun':
      return runStatements(write)
    case 'insertPause':
    case 'takePause':
      return pauseStatements(write)
    case 'deleteJobs':
    case 'requestCancel':
    case 'forgetCancel':
    case 'appendJobEvents':
      return jobStatements(write)
    case 'appendServerEvents':
      return feedStatements(write)
    case 'appendAudit':
    case 'deleteAudit':
      return [auditStatement(write)]
    case 'setOAuthGrant':
    case 'setOAuthClient':
    case 'deleteOAuthClient':
    case 'insertOAuthFlow':
    case 'takeOAuthFlow':
      return oauthStatements(write)
  }
}

function auditStatement(write: TenantWrite<AuditWrite>): Statement {
  const { tenantId: tenant } = write
  if (write.kind === 'appendAudit') return insert('audit_events', [toAuditRow(tenant, write.event)])
  const rows = write.events.map(({ at, id }) => [tenant, at, id])
  return { sql: 'delete from audit_events where tenant = ? and at = ? and id = ?', rows }
}
