import { Button, CopyButton, Group, MultiSelect, Select, Skeleton, Stack, Text } from '@mantine/core'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { Icon } from '../app/icons.tsx'
import { PageHead } from '../app/page-head.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { useUrlFilters } from '../app/url-filters.ts'
import { formatNames, writtenFormats } from '../import/format-names.ts'
import { useServers } from '../live/live-context.tsx'
import { NoServers } from '../servers/no-servers.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'

const exportServers = graphql(`
  query ExportServers($format: ImportFormat!, $filter: McpServerFilter) {
    exportMcpServers(format: $format, filter: $filter) {
      text
      variables { name description secret }
      skipped { name reason }
      omitted { name members }
    }
  }
`)

const endings: Readonly<Partial<Record<(typeof writtenFormats)[number], string>>> = {
  CODEX_TOML: 'toml',
  CONTINUE_YAML: 'yaml',
  GOOSE_YAML: 'yaml',
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

interface ExportedFileProps {
  readonly file: ResultOf<typeof exportServers>['exportMcpServers']
  readonly format: (typeof writtenFormats)[number]
}

function ExportedFile({ file, format }: ExportedFileProps) {
  return (
    <section className="panel" aria-label="Exported configuration">
      <Group className="panel-head" justify="flex-end" gap="xs">
        <CopyButton value={file.text}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="import" size={14} />}
          onClick={() => save(file.text, `mcp.${endings[format] ?? 'json'}`)}
        >
          Download
        </Button>
      </Group>
      <Stack gap="sm" p="md">
        <LongText text={file.text} isMono limit={20_000} label="Configuration" />
        {file.variables.length > 0 && (
          <Text size="sm">
            Values of secrets are never exported. To fill in: {file.variables.map(({ name }) => name).join(', ')}
          </Text>
        )}
        {file.skipped.map(({ name, reason }) => (
          <Text size="sm" key={name}>
            Not in the file: <Name>{name}</Name>, {reason.slice(0, 300)}
          </Text>
        ))}
        {file.omitted.map(({ name, members }) => (
          <Text size="sm" key={name} className="quiet">
            <Name>{name}</Name>: {members.join(', ').slice(0, 300)} {members.length === 1 ? 'has' : 'have'} no place in
            this format
          </Text>
        ))}
      </Stack>
    </section>
  )
}

/** Servers in the configuration format of a client, to be copied or saved. */
export default function ExportPage() {
  const { rows, isComplete } = useServers()
  const [filters, setFilter] = useUrlFilters(['format', 'servers'])
  const format = writtenFormats.find((each) => each === filters.format) ?? 'MCP_SERVERS_JSON'
  const names = (filters.servers ?? '').split(',').filter((name) => name !== '')
  const ids = new Map(rows.map(({ id, name }) => [id, name]))
  const chosen = names.flatMap((id) => ids.get(id) ?? [])
  const { data, error, isLoading, reload } = useApiQuery({
    query: exportServers,
    variables: { format, filter: chosen.length === 0 ? null : { name: { in: chosen } } },
    isOldAfter: ({ __typename }) => /^McpServer(Created|Updated|Deleted)$/.test(__typename),
  })
  const file = data?.exportMcpServers
  return (
    <Stack gap="md">
      <PageHead title="Export" />
      <Group gap="sm" align="flex-end">
        <Select
          label="Format"
          data={writtenFormats.map((value) => ({ value, label: formatNames[value] }))}
          value={format}
          allowDeselect={false}
          onChange={(value) => setFilter('format', value)}
          flex="1 1 12rem"
        />
        <MultiSelect
          label="Servers"
          placeholder={names.length === 0 ? 'All' : ''}
          data={rows.map(({ id, name }) => ({ value: id, label: name.slice(0, 100) }))}
          value={names.filter((id) => ids.has(id))}
          onChange={(values) => setFilter('servers', values.join(','))}
          clearable
          searchable
          flex="2 1 16rem"
        />
      </Group>
      <QueryProblem error={error} onRetry={reload} />
      {isLoading && <Skeleton height={200} aria-label="Loading" />}
      {isComplete && rows.length === 0 ? <NoServers /> : file && <ExportedFile file={file} format={format} />}
    </Stack>
  )
}
