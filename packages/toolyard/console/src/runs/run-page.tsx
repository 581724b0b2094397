import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
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
  return (
    <Stack gap="md">
      <PageHead
        title={`Run of ${run.toolName}`}
        up={{ href: '/runs', name: 'Runs' }}
        actions={
          run.tool && (
            <Button
              component={Link}
              href={`/tools/${run.tool.id}?again=${id}`}
              leftSection={<Icon name="play" size={16} />}
            >
              Run again
            </Button>
          )
        }
      >
        <Name>{run.toolName}</Name>{' '}
        <Text span className="quiet" size="sm">
          <Name>{run.serverName}</Name>
        </Text>
      </PageHead>
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
        {run.actor !== null && <span>by {run.actor}</span>}
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
