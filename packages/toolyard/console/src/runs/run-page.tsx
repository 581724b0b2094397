import { Skeleton, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
import { LinkButton } from '../api/link-button.tsx'
import { namedActor } from '../api/named-actor.ts'
import { NeedsScope } from '../api/needs-scope.tsx'
import { useApiQuery } from '../api/use-api-query.ts'
import { Icon } from '../app/icons.tsx'
import { NotFound } from '../app/not-found.tsx'
import { PageHead } from '../app/page-head.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { JsonBlock } from '../text/json-block.tsx'
import { Name } from '../text/name.tsx'
import { runById } from './run-documents.ts'
import { RunView } from './run-view.tsx'

const recorded = { KEEP: '', REDACT: ' (values redacted)', DROP: ' (not recorded)' } as const

export default function RunPage({ id }: { readonly id: string }) {
  const { data, error, isLoading, reload } = useApiQuery({ query: runById, variables: { id } })
  if (isLoading) return <Skeleton height={200} aria-label="Loading" />
  if (!data) return <QueryProblem error={error} onRetry={reload} />
  const run = data.toolRun
  if (!run) return <NotFound what="run" />
  const by = namedActor(run.actor)
  return (
    <Stack gap="md">
      <PageHead
        title={`Run of ${run.toolName}`}
        up={{ href: '/runs', name: 'Runs' }}
        actions={
          run.tool && (
            <NeedsScope scope="run">
              <LinkButton
                href={`/tools/${run.tool.id}?again=${id}`}
                scope="run"
                leftSection={<Icon name="play" size={16} />}
              >
                Run again
              </LinkButton>
            </NeedsScope>
          )
        }
      >
        <Name>{run.toolName}</Name>
      </PageHead>
      <Text size="sm" component="div" className="facts">
        {run.server ? (
          <Link href={`/servers/${run.server.id}`}>
            <Name>{run.serverName}</Name>
          </Link>
        ) : (
          <span className="quiet">
            <Name>{run.serverName}</Name>
          </span>
        )}
        {run.tool && <Link href={`/tools/${run.tool.id}`}>Open the tool</Link>}
      </Text>
      <RunView
        id={id}
        args={
          <section aria-label="Args">
            <JsonBlock
              value={run.args}
              label="Args"
              title={
                <Text size="sm" fw={600}>
                  Args{recorded[run.recordedArgs]}
                </Text>
              }
            />
          </section>
        }
      />
      <Text size="sm" className="quiet facts" component="div" mt={0}>
        <span>{id}</span>
        {by !== undefined && <span>by {by}</span>}
        {run.retriedFrom && (
          <span>
            repeats <Link href={`/runs/${run.retriedFrom.id}`}>{run.retriedFrom.id}</Link>
          </span>
        )}
        {run.traceId !== null && <span>trace {run.traceId}</span>}
      </Text>
    </Stack>
  )
}
