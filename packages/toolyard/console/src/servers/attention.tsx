import { Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { graphql } from '../api/graphql.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { Icon } from '../app/icons.tsx'
import { useApprovalCount } from '../approvals/use-approval-count.ts'
import { actionOf, needWords } from '../authorization/authorization-status.ts'
import { ConnectAction } from '../authorization/connect-action.tsx'
import type { ConnectRequest } from '../authorization/use-connect.ts'
import type { ServerRow } from '../live/feed-document.ts'
import { useServers } from '../live/live-context.tsx'
import { PausedRunsLink } from '../pauses/paused-runs-link.tsx'
import { usePausedRunCount } from '../pauses/use-paused-run-count.ts'
import { Name } from '../text/name.tsx'
import { Time } from '../text/time.tsx'

const failedRuns = graphql(`
  query FailedRuns($since: DateTime!) {
    toolRuns(first: 4, filter: { status: [FAILED, TIMED_OUT, OUTCOME_UNKNOWN], createdAt: { gte: $since } }) {
      nodes { id toolName serverName createdAt error { message } }
      pageInfo { hasNextPage }
    }
  }
`)

const dayMs = 86_400_000
const askedEveryMs = 15_000
const shownServers = 5
const advice: Partial<Record<ServerRow['status'], string>> = {
  ERROR: 'is unusable',
  DEGRADED: 'is degraded',
  NEEDS_AUTH: 'requires a token: edit the server',
  NEEDS_INPUT: 'requires variables',
}

interface TroubledServerProps {
  readonly row: ServerRow
  readonly connection: ConnectRequest
}

function TroubledServer({ row, connection }: TroubledServerProps) {
  const { id, name, status, health } = row
  const action = actionOf(row)
  return (
    <div className="attention-row" data-kind="server" data-action={action}>
      <Icon name="alert" size={16} />
      <Link href={`/servers/${id}`} className="attention-text cover">
        <Name>{name}</Name> {action ? needWords(row, action) : advice[status]}
        {!action && health.lastError && <span className="quiet"> · {health.lastError.message.slice(0, 160)}</span>}
      </Link>
      {action && <ConnectAction row={row} action={action} connection={connection} />}
    </div>
  )
}

/** Lists what needs the user's attention, worst first. Empty if all is well. */
export function Attention({ connection }: { readonly connection: ConnectRequest }) {
  const { rows } = useServers()
  const approvals = useApprovalCount() ?? 0
  const paused = usePausedRunCount() ?? 0
  const [since] = useState(() => new Date(Date.now() - dayMs).toISOString())
  const { data } = useApiQuery({ query: failedRuns, variables: { since }, everyMs: askedEveryMs })
  const troubled = rows.filter((row) => row.status in advice || actionOf(row) !== undefined)
  const runs = data?.toolRuns.nodes ?? []
  if (troubled.length === 0 && approvals === 0 && paused === 0 && runs.length === 0) return null
  return (
    <section className="panel" aria-labelledby="attention">
      <div className="panel-head">
        <Title order={2} id="attention">
          Needs attention
        </Title>
      </div>
      <Stack gap={0} p="xs">
        <PausedRunsLink />
        {troubled.slice(0, shownServers).map((row) => (
          <TroubledServer key={row.id} row={row} connection={connection} />
        ))}
        {troubled.length > shownServers && (
          <Text size="sm" className="quiet" px="xs">
            and {troubled.length - shownServers} more servers
          </Text>
        )}
        {approvals > 0 && (
          <Link href="/approvals" className="attention-row" data-kind="approval">
            <Icon name="approvals" size={16} />
            <span className="attention-text">
              {approvals === 1 ? '1 tool change' : `${approvals} tool changes`} pending approval
            </span>
          </Link>
        )}
        {runs.map(({ id, toolName, serverName, createdAt, error }) => (
          <Link key={id} href={`/runs/${id}`} className="attention-row" data-kind="run">
            <Icon name="runs" size={16} />
            <span className="attention-text">
              <Name>{`${serverName}/${toolName}`}</Name> failed <Time at={createdAt} />
              {error && <span className="quiet"> · {error.message.slice(0, 160)}</span>}
            </span>
          </Link>
        ))}
      </Stack>
    </section>
  )
}
