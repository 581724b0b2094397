import { localTime } from '../output/local-time.ts'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { styleOfStatus } from '../output/status-style.ts'
import type { FeedEvent } from '../queries/feed.ts'

type ShownEvent = Exclude<FeedEvent, { __typename: 'Heartbeat' }>

function waitsFor(status: string): string {
  if (status === 'AWAITING_APPROVAL') return 'waits for an approval'
  // By now the run may have gone on.
  return status === 'INPUT_REQUIRED' ? 'waits for input' : 'was paused'
}

function whatHappened(output: Output, event: ShownEvent): string {
  const status = (name: string) => output.style(styleOfStatus(name), name)
  switch (event.__typename) {
    case 'EventGap':
      return output.style('yellow', 'some events were already deleted; toolyard list shows the current state')
    case 'McpServerCreated':
      return output.style('green', 'added')
    case 'McpServerUpdated':
      return 'updated'
    case 'McpServerDeleted':
      return output.style('red', 'removed')
    case 'McpServerStatusChanged':
      return `${status(event.from)} → ${status(event.to)}`
    case 'McpServerAuthRequired':
      return output.style('yellow', printable(event.reason))
    case 'McpServerToolsChanged':
      return `tools have changed (${event.refreshId})`
    case 'McpServerResourcesChanged':
      return 'resources have changed'
    case 'McpServerPromptsChanged':
      return 'prompts have changed'
    case 'McpToolChangesFlagged': {
      const { count, quarantined } = event
      const tools = count === 1 ? '1 tool is' : `${count} tools are`
      return output.style('yellow', `${tools} new or changed${quarantined ? ', and wait for approval' : ''}`)
    }
    case 'McpToolApproved':
      return `a tool was approved (${event.toolId})`
    case 'McpToolRunPaused':
      return output.style('yellow', `${event.run.id} of ${printable(event.run.toolName)} ${waitsFor(event.run.status)}`)
    case 'McpToolRunResumed':
      return `${event.run.id} of ${printable(event.run.toolName)} waits no more: ${status(event.run.status)}`
  }
}

/** The line of an event: when, where, and what happened. */
export function feedLine(output: Output, event: ShownEvent, nameOf: (serverId: string) => string | undefined): string {
  const what = whatHappened(output, event)
  const at = output.style('dim', localTime(event.at))
  if (event.__typename === 'EventGap') return `${at}  ${what}`
  return `${at}  ${output.style('bold', printable(serverNameOf(event, nameOf)))}  ${what}`
}

function serverNameOf(
  event: Exclude<ShownEvent, { __typename: 'EventGap' }>,
  nameOf: (serverId: string) => string | undefined,
): string {
  switch (event.__typename) {
    case 'McpServerDeleted':
      return nameOf(event.serverId) ?? event.serverId
    case 'McpToolRunPaused':
    case 'McpToolRunResumed':
      return event.run.serverName
    default:
      return event.server.name
  }
}
