import { Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { Name } from '../text/name.tsx'
import { HiddenTextBadge } from '../tools/tool-warnings.tsx'
import type { FinishedRefresh } from './refresh-documents.ts'
import type { RefreshProgress } from './refresh-progress.ts'
import { ToolChangeView } from './tool-change-view.tsx'

const shownAtOnce = 24

interface ChangedProps {
  readonly title: string
  readonly mark: '+' | '−' | '~'
  readonly tools: RefreshProgress['added']
  readonly updates?: FinishedRefresh['updated']
}

function Changed({ title, mark, tools, updates = [] }: ChangedProps) {
  const [shown, setShown] = useState(shownAtOnce)
  if (tools.length === 0) return null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
    <div role="group" aria-label={`${title}: ${tools.length}`}>
      <Text size="sm" fw={600} mb="var(--space-2)">
        {title} <span className="number quiet">{tools.length.toLocaleString('en')}</span>
      </Text>
      <ul className="changes">
        {tools.slice(0, shown).map(({ id, name, warnings, quarantine }) => {
          const changes = updates.find(({ tool }) => tool.id === id)?.changes ?? []
          return (
            <li key={id} data-mark={mark}>
              <span aria-hidden="true" className="change-mark">
                {mark}
              </span>
              {mark === '−' ? (
                <Name>{name}</Name>
              ) : (
                <Link href={`/tools/${id}`}>
                  <Name>{name}</Name>
                </Link>
              )}
              {mark !== '−' && <HiddenTextBadge warnings={quarantine?.warnings ?? warnings} />}
              {changes.length > 0 && (
                <Stack gap="xs" mt="var(--space-2)" mb="xs" className="fields-changed">
                  {changes.map((change) => (
                    <ToolChangeView key={change.pointer} change={change} />
                  ))}
                </Stack>
              )}
            </li>
          )
        })}
      </ul>
      {tools.length > shown && (
        <Button variant="subtle" size="compact-sm" onClick={() => setShown(shown + 200)}>
          Show more
        </Button>
      )}
    </div>
  )
}

/** The tools that a refresh has changed. Empty if it changed none. */
export function ChangedTools({ progress }: { readonly progress: RefreshProgress }) {
  const { added, updated, deleted, finished } = progress
  if (added.length + updated.length + deleted.length === 0) return null
  return (
    <Stack gap="sm">
      <Changed title="Added" mark="+" tools={added} />
      <Changed title="Changed" mark="~" tools={updated} updates={finished?.updated ?? []} />
      <Changed title="Removed" mark="−" tools={deleted} />
    </Stack>
  )
}
