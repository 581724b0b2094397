import { Skeleton, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { NeedsScope } from '../api/needs-scope.tsx'
import { useApiQuery } from '../api/use-api-query.ts'
import { NotFound } from '../app/not-found.tsx'
import { PageHead } from '../app/page-head.tsx'
import { Problem, QueryProblem } from '../app/problem.tsx'
import { ToolApproval } from '../pauses/tool-approval.tsx'
import { runById } from '../runs/run-documents.ts'
import { JsonBlock } from '../text/json-block.tsx'
import { LongDescription } from '../text/long-description.tsx'
import { Name } from '../text/name.tsx'
import { RunTool } from './run-tool.tsx'
import { ToolBadges } from './tool-badges.tsx'
import { toolById } from './tool-documents.ts'
import { useToolSettings } from './tool-settings.ts'
import { ToolWarnings } from './tool-warnings.tsx'

const relevant = new Set([
  'McpToolApproved',
  'McpServerToolsChanged',
  'McpToolChangesFlagged',
  'McpServerDeleted',
  'McpServerUpdated',
])

export default function ToolPage({ id }: { readonly id: string }) {
  const again = new URLSearchParams(window.location.search).get('again')
  const { data, error, isLoading, reload } = useApiQuery({
    query: toolById,
    variables: { id },
    isOldAfter: ({ __typename }) => relevant.has(__typename),
  })
  const before = useApiQuery({ query: runById, variables: { id: again ?? '' }, isPaused: again === null })
  const [problem, setProblem] = useState<string>()
  const settings = useToolSettings({
    id,
    name: data?.mcpTool?.name ?? '',
    approvalPolicy: data?.mcpTool?.approvalPolicy ?? null,
  })

  if (isLoading || before.isLoading) return <Skeleton height={240} aria-label="Loading" />
  if (!data) return <QueryProblem error={error} onRetry={reload} />
  const tool = data.mcpTool
  if (!tool) return <NotFound what="tool" />
  const { annotations, schemaHealth, warnings, quarantine, server } = tool

  const setEnabled = async (enabled: boolean) => {
    setProblem(await settings.setEnabled(enabled))
    reload()
  }

  const obstacle =
    tool.removedAt !== null
      ? 'The server no longer lists this tool'
      : !tool.enabled
        ? 'Disabled'
        : quarantine?.kind === 'NEW'
          ? 'Pending approval'
          : undefined
  return (
    <Stack gap="md">
      <PageHead
        title={tool.name}
        up={{ href: '/tools', name: 'Tools' }}
        actions={
          <NeedsScope scope="write">
            <Switch
              label="Enabled"
              checked={tool.enabled}
              onChange={({ currentTarget }) => void setEnabled(currentTarget.checked)}
            />
          </NeedsScope>
        }
      >
        <Name>{tool.title ?? tool.name}</Name>
      </PageHead>
      <Text size="sm" component="div" className="facts">
        <Link href={`/servers/${server.id}`}>
          <Name>{server.name}</Name>
        </Link>
        {tool.title !== null && tool.title !== tool.name && (
          <span className="quiet mono">
            <Name>{tool.name}</Name>
          </span>
        )}
        <ToolBadges annotations={annotations} schemaHealth={schemaHealth} warnings={warnings} />
      </Text>
      {problem && <Problem message={problem} />}
      <ToolWarnings warnings={warnings} />
      {tool.description !== null && <LongDescription text={tool.description} />}
      {quarantine && (
        <Text size="sm">
          {quarantine.kind === 'NEW'
            ? 'This tool is new and pending approval'
            : 'The server changed this tool; the change is pending approval'}{' '}
          under <Link href="/approvals">Approvals</Link>.
        </Text>
      )}
      <RunTool
        tool={{ id, name: tool.name, isDestructive: annotations.destructiveHint === true }}
        server={server}
        schema={tool.inputSchema}
        repeated={before.data?.toolRun ?? undefined}
        obstacle={obstacle}
      />
      <ToolApproval tool={tool} onChange={() => void settings.offerPolicyUndo().finally(reload)} />
      <details>
        <summary>Input schema</summary>
        <JsonBlock value={tool.inputSchema} label="Input schema" />
      </details>
      {tool.outputSchema && (
        <details>
          <summary>Output schema</summary>
          <JsonBlock value={tool.outputSchema} label="Output schema" />
        </details>
      )}
    </Stack>
  )
}
