import { Loader, Tabs } from '@mantine/core'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { RunList } from '../runs/run-list.tsx'
import { ToolList } from '../tools/tool-list.tsx'
import { ServerConfig } from './server-config.tsx'
import type { ServerDetails } from './server-documents.ts'

const ResourceTab = lazy(() => import('../features/resource-tab.tsx'))
const PromptTab = lazy(() => import('../features/prompt-tab.tsx'))

const tabs = ['tools', 'resources', 'prompts', 'runs', 'configuration'] as const
type Tab = (typeof tabs)[number]
const titles: Readonly<Record<Tab, string>> = {
  tools: 'Tools',
  resources: 'Resources',
  prompts: 'Prompts',
  runs: 'Runs',
  configuration: 'Configuration',
}

/** The tab that an address names; tools if it names none. */
export const tabOf = (name: string | undefined): Tab => tabs.find((each) => each === name) ?? 'tools'

interface ServerTabsProps {
  readonly server: ServerDetails
  readonly toolCount: number
  readonly tab: Tab
  /** Whether the first tool takes the focus once it is listed. */
  readonly offersFirstTool: boolean
}

/** What a server has, and its runs and configuration: each tab at an address of its own. */
export function ServerTabs({ server, toolCount, tab, offersFirstTool }: ServerTabsProps) {
  const [, navigate] = useLocation()
  const list = useRef<HTMLDivElement>(null)
  // On a narrow page the tabs are wider than it.
  useEffect(() => {
    const chosen = list.current?.querySelector(`[data-tab=${tab}]`)
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
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
          <ToolList serverId={id} offersFirst={offersFirstTool} />
        </Tabs.Panel>
        <Tabs.Panel value="resources" pt="sm">
          <ResourceTab server={server} />
        </Tabs.Panel>
        <Tabs.Panel value="prompts" pt="sm">
          <PromptTab serverId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="runs" pt="sm">
          <RunList filter={{ serverId: [id] }} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration" pt="sm">
          <ServerConfig server={server} />
        </Tabs.Panel>
      </Suspense>
    </Tabs>
  )
}
