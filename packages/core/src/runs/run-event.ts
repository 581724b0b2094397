import type { JobEvent, RunEvent } from '../model/events.ts'

const runEventTypes: ReadonlySet<string> = new Set<RunEvent['type']>([
  'ToolRunApprovalRequested',
  'ToolRunInputRequested',
  'ToolRunStarted',
  'ToolRunProgress',
  'ToolRunOutput',
  'ToolRunFinished',
])

export function isRunEvent(event: JobEvent): event is RunEvent {
  return runEventTypes.has(event.type)
}
