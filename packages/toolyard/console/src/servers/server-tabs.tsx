import { Loader, Tabs } from '@mantine/core'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { RunList } from '../runs/run-list.tsx'
import { ToolList } from '../tools/tool-list.tsx'
import type { ListObstacle } from './list-obstacle.ts'
import { NothingListed } from './nothing-listed.tsx'
import { ServerConfig } from './server-config.tsx'
import type { ServerDetails } from './server-documents.ts'

const ResourceTab = lazy(() => import('../features/resource-tab.tsx'))
const RefreshHistory = lazy(() => import('../refreshes/refresh-history.tsx'))
const PromptTab = lazy(() => import('../features/prompt-tab.tsx'))

const tabs = ['tools', 'resources', 'prompts', 'runs', 'refreshes', 'configuration'] as const
type Tab = (typeof tabs)[number]
const titles: Readonly<Record<Tab, string>> = {
  tools: 'Tools',
  resources: 'Resources',
  prompts: 'Prompts',
  runs: 'Runs',
  refreshes: 'Refreshes',
  configuration: 'Configuration',
}

/** The tab that an address names; tools if it names none. */
export const tabOf = (name: string | undefined): Tab => tabs.find((each) => each === name) ?? 'tools'

interface ServerTabsProps {
  readonly server: ServerDetails
  readonly toolCount: number
  /** Why lists may be empty. */
  readonly obstacle: ListObstacle | undefined
  readonly tab: Tab
  /** Whether the first tool takes the focus once it is listed. */
  readonly offersFirstTool: boolean
}

/** What a server has, and its runs and configuration: each tab at an address of its own. */
export function ServerTabs({ server, toolCount, obstacle, tab, offersFirstTool }: ServerTabsProps) {
  const [, navigate] = useLocation()
  const list = useRef<HTMLDivElement>(null)
  // On a narrow page the tabs are wider than it. Only they scroll: the page stays at its head.
  useEffect(() => {
    const inside = list.current?.querySelector(`[data-tab=${tab}]`)?.getBoundingClientRect()
    const frame = list.current?.getBoundingClientRect()
    if (!inside || !frame) return
    list.current?.scrollBy(Math.max(0, inside.right - frame.right) + Math.min(0, inside.left - frame.left), 0)
  }, [tab])
  const { id } = server
  const counts: Partial<Record<Tab, number>> = {
    tools: toolCount,
    resources: server.resources.totalCount + server.resourceTemplates.totalCount,
    prompts: server.prompts.totalCount,
  }
  const open = (value: string | null) => {
    const next = tabOf(value ?? undefined)
    if (next !== tab) navigate(next === 'tools' ? `/servers/${id}` : `/servers/${id}/${next}`)
  }
  return (
    <Tabs value={tab} onChange={open} keepMounted={false}>
      <Tabs.List className="server-tabs" ref={list}>
        {tabs.map((each) => (
          <Tabs.Tab key={each} value={each} data-tab={each}>
            {titles[each]}
            {counts[each] !== undefined && <span className="quiet number"> {counts[each].toLocaleString('en')}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Suspense fallback={<Loader size="sm" m="md" aria-label="Loading" />}>
        <Tabs.Panel value="tools" pt="sm">
          <ToolList
            serverId={id}
            whenEmpty={<NothingListed what="tools" icon="tools" obstacle={obstacle} />}
            offersFirst={offersFirstTool}
          />
        </Tabs.Panel>
        <Tabs.Panel value="resources" pt="sm">
          {counts.resources === 0 && obstacle ? (
            <NothingListed what="resources" icon="resource" obstacle={obstacle} />
          ) : (
            <ResourceTab server={server} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="prompts" pt="sm">
          {counts.prompts === 0 && obstacle ? (
            <NothingListed what="prompts" icon="prompt" obstacle={obstacle} />
          ) : (
            <PromptTab serverId={id} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="runs" pt="sm">
          <RunList filter={{ serverId: [id] }} />
        </Tabs.Panel>
        <Tabs.Panel value="refreshes" pt="sm">
          <RefreshHistory serverId={id} command={server.__typename === 'StdioMcpServer' ? server.command : undefined} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration" pt="sm">
          <ServerConfig server={server} />
        </Tabs.Panel>
      </Suspense>
    </Tabs>
  )
}
