import type { AuditAction } from './audit-document.ts'

/** Each action of the audit, in words. */
const words: Readonly<Record<AuditAction, string>> = {
  ACCESS: 'Access',
  KEY_ADDED: 'Key added',
  KEY_REVOKED: 'Key revoked',
  OPERATION: 'Operation',
  PROMPT_RENDERED: 'Prompt rendered',
  RESOURCE_FOLLOWED: 'Resources followed',
  RESOURCE_READ: 'Resource read',
  RUN_ANSWERED: 'Run answered',
  RUN_APPROVED: 'Run approved',
  RUN_REJECTED: 'Run rejected',
  SERVER_AUTH_BEGUN: 'Authorization begun',
  SERVER_CONNECTED: 'Server connected',
  SERVER_CREATED: 'Server created',
  SERVER_DELETED: 'Server deleted',
  SERVER_DISCONNECTED: 'Server disconnected',
  SERVER_UPDATED: 'Server changed',
  TOOL_APPROVED: 'Tool approved',
  TOOL_RUN: 'Tool run',
  TOOL_UPDATED: 'Tool changed',
}

export const auditActions = Object.keys(words) as readonly AuditAction[]
export const actionWords = (action: AuditAction): string => words[action]

/** The page of the target of an event; undefined if it has no page. */
export function targetHref(id: string | null): string | undefined {
  if (id?.startsWith('mcps_')) return `/servers/${id}`
  if (id?.startsWith('tool_')) return `/tools/${id}`
  return id?.startsWith('run_') ? `/runs/${id}` : undefined
}
