import { useDebouncedValue } from '@mantine/hooks'
import { useApiQuery } from '../api/use-api-query.ts'
import type { ServerRow } from '../live/feed-document.ts'
import { useServers } from '../live/live-context.tsx'
import { statusWords } from '../runs/run-statuses.ts'
import { type Entry, type EntryGroup, hasWords } from './entries.ts'
import { type Found, paletteSearch, type RecentRun, recentRuns } from './palette-documents.ts'

const typingMs = 120
/** Most lines of a group: the palette is for what is found at a glance. */
const shown = { servers: 6, runs: 6 }

const serverEntry = ({ id, name }: ServerRow): Entry => ({
  id: `server-${id}`,
  icon: 'servers',
  name,
  deed: { type: 'GO', href: `/servers/${id}` },
})

const runEntry = ({ id, status, serverName, toolName }: RecentRun): Entry => ({
  id: `run-${id}`,
  icon: 'runs',
  name: toolName,
  detail: `${statusWords(status)} · ${serverName}`,
  deed: { type: 'GO', href: `/runs/${id}` },
})

function foundEntry(found: Found): Entry {
  const { id, name, server } = found
  switch (found.__typename) {
    case 'McpTool':
      return { id, icon: 'tools', name, detail: `Tool · ${server.name}`, deed: { type: 'GO', href: `/tools/${id}` } }
    case 'McpResource':
    case 'McpResourceTemplate': {
      const uri = found.__typename === 'McpResource' ? found.uri : found.uriTemplate
      const kind = found.__typename === 'McpResource' ? 'Resource' : 'Template'
      return {
        id,
        icon: 'resource',
        name,
        detail: `${kind} · ${server.name} · ${uri}`,
        deed: { type: 'GO', href: `/servers/${server.id}/resources` },
      }
    }
    case 'McpPrompt':
      return {
        id,
        icon: 'prompt',
        name,
        detail: `Prompt · ${server.name}`,
        deed: { type: 'GO', href: `/servers/${server.id}/prompts` },
      }
  }
}

interface Groups {
  readonly groups: readonly EntryGroup[]
  /** Whether the search has not answered for these words yet. */
  readonly isSearching: boolean
}

/** What fits the words, in groups. What the page knows comes first, so that the search adds below and moves nothing. */
export function useEntryGroups(typed: string, actions: readonly Entry[]): Groups {
  const words = typed.trim()
  const [asked] = useDebouncedValue(words, typingMs)
  const { rows } = useServers()
  const runs = useApiQuery({ query: recentRuns, variables: {} })
  const search = useApiQuery({ query: paletteSearch, variables: { query: asked }, isPaused: asked === '' })
  const isAnswered = words !== '' && asked === words && !search.isLoading
  const servers = rows.filter(({ name, description }) => hasWords(`${name} ${description ?? ''}`, words))
  const recent = (runs.data?.toolRuns.nodes ?? []).filter(({ toolName, serverName, status }) =>
    hasWords(`${toolName} ${serverName} ${statusWords(status)} run`, words),
  )
  const groups: readonly EntryGroup[] = [
    { name: 'Servers', entries: servers.slice(0, shown.servers).map(serverEntry) },
    { name: 'Actions', entries: actions.filter(({ name }) => hasWords(name, words)) },
    { name: 'Recent runs', entries: recent.slice(0, shown.runs).map(runEntry) },
    {
      name: 'Tools, resources and prompts',
      entries: isAnswered ? (search.data?.searchMcp.nodes ?? []).map(foundEntry) : [],
    },
  ]
  return { groups: groups.filter(({ entries }) => entries.length > 0), isSearching: words !== '' && !isAnswered }
}
