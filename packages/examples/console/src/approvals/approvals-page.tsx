import { Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useClient } from 'urql'
import { Link } from 'wouter'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { refusal, refusalOf } from '../api/refusal.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { Empty } from '../app/empty.tsx'
import { Icon } from '../app/icons.tsx'
import { PageHead } from '../app/page-head.tsx'
import { Problem, QueryProblem } from '../app/problem.tsx'
import { ToolChangeView } from '../refreshes/tool-change-view.tsx'
import { JsonView } from '../text/json-view.tsx'
import { Name } from '../text/name.tsx'

const waitingTools = graphql(`
  query WaitingTools {
    mcpTools(first: 50, filter: { quarantined: true }, orderBy: { field: NAME }) {
      totalCount
      nodes {
        id
        name
        server { ... on McpServerBase { id name } }
        quarantine { kind digest definition changes { pointer before after } }
      }
    }
  }
`)
type WaitingTool = ResultOf<typeof waitingTools>['mcpTools']['nodes'][number]

const approveTool = graphql(
  `mutation ApproveTool($id: ID!, $digest: String!) {
    approveMcpTool(input: { id: $id, digest: $digest }) {
      __typename
      ... on ApproveMcpToolPayload { tool { id } }
      ...Refusal
    }
  }`,
  [refusal],
)

const relevant = new Set(['McpToolChangesFlagged', 'McpToolApproved', 'McpServerToolsChanged', 'McpServerDeleted'])

function Waiting({ tool }: { readonly tool: WaitingTool }) {
  const client = useClient()
  const [problem, setProblem] = useState<string>()
  const [isAsking, setIsAsking] = useState(false)
  const { id, name, server, quarantine } = tool
  if (!quarantine) return null
  const { kind, digest, definition, changes } = quarantine
  const approve = async () => {
    setIsAsking(true)
    const { data, error } = await client.mutation(approveTool, { id, digest }).toPromise()
    setIsAsking(false)
    setProblem(refusalOf(data?.approveMcpTool, error)?.message)
  }
  return (
    <section className="panel" aria-label={`Change of ${name.slice(0, 100)}`}>
      <Group className="panel-head" justify="space-between" gap="xs">
        <Group gap="sm" miw={0}>
          <Badge variant="light" color={kind === 'NEW' ? 'teal' : 'orange'}>
            {kind === 'NEW' ? 'New' : 'Changed'}
          </Badge>
          <Link href={`/tools/${id}`} className="main-name">
            <Name>{name}</Name>
          </Link>
          <Text size="sm" className="quiet" component="span">
            <Name>{server.name}</Name>
          </Text>
        </Group>
        <Button
          size="xs"
          loading={isAsking}
          leftSection={<Icon name="check" size={16} />}
          onClick={() => void approve()}
          aria-label={`Approve ${name.slice(0, 100)}`}
        >
          Approve
        </Button>
      </Group>
      <Stack gap="sm" p="md">
        {problem && <Problem message={problem} />}
        {changes.map((change) => (
          <ToolChangeView key={change.pointer} change={change} />
        ))}
        {kind === 'NEW' && <JsonView value={definition} label="Definition" />}
        {kind === 'CHANGED' && (
          <details>
            <summary>The whole definition</summary>
            <JsonView value={definition} label="Definition" />
          </details>
        )}
      </Stack>
    </section>
  )
}

export default function ApprovalsPage() {
  const { data, error, isLoading, reload } = useApiQuery({
    query: waitingTools,
    variables: {},
    isOldAfter: ({ __typename }) => relevant.has(__typename),
  })
  const tools = data?.mcpTools.nodes ?? []
  const rest = (data?.mcpTools.totalCount ?? 0) - tools.length
  return (
    <Stack gap="md">
      <PageHead title="Approvals" />
      {isLoading && <Skeleton height={160} aria-label="Loading" />}
      <QueryProblem error={error} onRetry={reload} />
      {data && tools.length === 0 && (
        <Empty icon="approvals" title="Nothing waits for approval">
          <Text size="sm" className="quiet" maw="34rem">
            A server whose changed tools are to be kept until somebody approves shows them here, field by field.
          </Text>
        </Empty>
      )}
      {tools.map((tool) => (
        <Waiting key={`${tool.id} ${tool.quarantine?.digest}`} tool={tool} />
      ))}
      {rest > 0 && (
        <Text size="sm" className="quiet">
          and {rest} more, once these are approved
        </Text>
      )}
    </Stack>
  )
}
