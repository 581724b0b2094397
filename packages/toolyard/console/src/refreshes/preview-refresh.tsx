import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { Problem } from '../app/problem.tsx'
import { useCallers } from '../caller/caller-drafts.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { listChangesInShort } from './changes-in-short.ts'
import { ListDifferencesView } from './list-differences.tsx'
import { previewRefresh, type RefreshPreview } from './preview-document.ts'
import { ToolChangeView } from './tool-change-view.tsx'

type Step =
  | { readonly name: 'READING' }
  | { readonly name: 'FAILED'; readonly message: string; readonly stderr: readonly string[] }
  | { readonly name: 'SHOWN'; readonly preview: RefreshPreview }

function summary(preview: RefreshPreview): string {
  const { added, updated, deleted, unchangedCount } = preview
  const lists = listChangesInShort(preview)
  const isSame = added.length + updated.length + deleted.length === 0
  if (isSame && lists === undefined) {
    return `Nothing would change. ${unchangedCount === 1 ? '1 tool is' : `${unchangedCount} tools are`} as stored.`
  }
  const tools = `tools: ${added.length} added, ${updated.length} changed, ${deleted.length} removed, ${unchangedCount} unchanged`
  return `Would change ${[tools, lists].filter((each) => each !== undefined).join('; ')}.`
}

interface NamesProps {
  readonly title: string
  readonly names: readonly string[]
}

function Names({ title, names }: NamesProps) {
  if (names.length === 0) return null
  return (
    <section aria-label={`${title}: ${names.length}`}>
      <Text size="sm" fw={600}>
        {title} <span className="number quiet">{names.length.toLocaleString('en')}</span>
      </Text>
      <ul className="changes">
        {names.slice(0, 200).map((name) => (
          <li key={name}>
            <Name>{name}</Name>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Preview({ preview }: { readonly preview: RefreshPreview }) {
  const { added, updated, deleted, rejected } = preview
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {summary(preview)}
      </Text>
      <Names title="Tools added" names={added.map(({ name }) => name)} />
      {updated.length > 0 && (
        <section aria-label={`Tools changed: ${updated.length}`}>
          <Text size="sm" fw={600}>
            Tools changed <span className="number quiet">{updated.length.toLocaleString('en')}</span>
          </Text>
          {updated.slice(0, 50).map(({ tool, changes }) => (
            <Stack key={tool.id} gap="xs" mt="var(--space-2)">
              <Name>{tool.name}</Name>
              {changes.map((change) => (
                <ToolChangeView key={change.pointer} change={change} />
              ))}
            </Stack>
          ))}
        </section>
      )}
      <Names title="Tools removed" names={deleted.map(({ name }) => name)} />
      <ListDifferencesView differences={preview} />
      {rejected.slice(0, 50).map(({ name, reason }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list never changes
        <Text size="sm" key={index}>
          Rejected: <Name>{name || '(no name)'}</Name>: <span className="quiet">{reason.slice(0, 300)}</span>
        </Text>
      ))}
    </Stack>
  )
}

interface PreviewRefreshProps {
  readonly serverId: string
  readonly onClose: () => void
  readonly onRefresh: () => void
}

/** Asks the server what a refresh would change, and stores none of it until the user refreshes. */
export default function PreviewRefresh({ serverId, onClose, onRefresh }: PreviewRefreshProps) {
  const client = useClient()
  const callers = useCallers()
  const [step, setStep] = useState<Step>({ name: 'READING' })
  const isGone = useRef(false)
  const read = async () => {
    setStep({ name: 'READING' })
    const input = { id: serverId, ...callers.inputOf(serverId) }
    const { data, error } = await client.mutation(previewRefresh, { input }).toPromise()
    if (isGone.current) return
    const answer = data?.previewMcpServerRefresh
    const refused = refusalOf(answer, error)
    // A missing variable is reported at its field, on the page behind.
    if (callers.settle(serverId, refused)) onClose()
    else if (answer?.__typename === 'PreviewMcpServerRefreshPayload') setStep({ name: 'SHOWN', preview: answer })
    else {
      const stderr = answer && 'stderrTail' in answer ? answer.stderrTail : []
      setStep({ name: 'FAILED', message: refused?.message ?? 'The API sent no answer', stderr })
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks once, when it opens
  useEffect(() => {
    isGone.current = false
    void read()
    return () => {
      isGone.current = true
    }
  }, [])
  return (
    <Modal opened onClose={onClose} title="What a refresh would change" size="xl">
      <Stack gap="md">
        {step.name === 'READING' && (
          <Group gap="xs" role="status">
            <Loader size="sm" /> <Text size="sm">Asking the server. Nothing is stored.</Text>
          </Group>
        )}
        {step.name === 'FAILED' && (
          <>
            <Problem message={step.message} onRetry={() => void read()} />
            {step.stderr.length > 0 && (
              <div className="block">
                <LongText text={step.stderr.join('\n')} isMono label="Last lines of stderr" />
              </div>
            )}
          </>
        )}
        {step.name === 'SHOWN' && <Preview preview={step.preview} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          {step.name === 'SHOWN' && (
            <Button
              onClick={() => {
                onClose()
                onRefresh()
              }}
            >
              Refresh now
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}
