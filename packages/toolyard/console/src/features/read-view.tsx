import { Button, Loader, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { useMissingScope } from '../api/viewer.ts'
import { Problem } from '../app/problem.tsx'
import { useCallers } from '../caller/caller-drafts.tsx'
import { Time } from '../text/time.tsx'
import { type ReadResource, type ReadTarget, readResource } from './feature-documents.ts'
import { ResourceContent } from './resource-content.tsx'

type Step =
  | { readonly name: 'READING' }
  | { readonly name: 'FAILED'; readonly message: string }
  | { readonly name: 'READ'; readonly answer: ReadResource; readonly at: string }

interface ReadViewProps {
  readonly serverId: string
  readonly target: ReadTarget
}

/** Asks the server for a resource, and shows its contents. */
export function ReadView({ serverId, target }: ReadViewProps) {
  const client = useClient()
  const callers = useCallers()
  const obstacle = useMissingScope('run')
  const [step, setStep] = useState<Step>({ name: 'READING' })
  const latest = useRef(0)
  const read = async () => {
    const asked = ++latest.current
    setStep({ name: 'READING' })
    const input = { ...target, ...callers.inputOf(serverId) }
    const { data, error } = await client.query(readResource, { input }, { requestPolicy: 'network-only' }).toPromise()
    if (asked !== latest.current) return
    const answer = data?.readMcpResource
    const refused = refusalOf(answer, error)
    callers.settle(serverId, refused)
    if (answer?.__typename === 'ReadMcpResourcePayload') {
      setStep({ name: 'READ', answer, at: new Date().toISOString() })
    } else setStep({ name: 'FAILED', message: refused?.message ?? 'The API sent no answer' })
  }
  const key = JSON.stringify(target)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another resource is read at once, a re-render reads nothing
  useEffect(() => {
    if (obstacle === undefined) void read()
    return () => {
      latest.current += 1
    }
  }, [key, obstacle])
  if (obstacle !== undefined)
    return (
      <Text size="sm" className="quiet" role="note">
        {obstacle}
      </Text>
    )
  if (step.name === 'READING') return <Loader size="sm" aria-label="Reading" />
  if (step.name === 'FAILED') return <Problem message={step.message} onRetry={() => void read()} />
  const { contents, freshUntil } = step.answer
  return (
    <Stack gap="sm" role="group" aria-label="Contents">
      {contents.length === 0 && <Text size="sm">The server answered without contents.</Text>}
      {contents.map((content, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: URIs may repeat, and the list never changes
        <ResourceContent key={index} content={content} />
      ))}
      <Text size="sm" className="quiet" component="div">
        Read <Time at={step.at} />
        {freshUntil !== null && (
          <>
            , fresh until <Time at={freshUntil} />
          </>
        )}{' '}
        <Button size="compact-xs" variant="subtle" onClick={() => void read()}>
          Read again
        </Button>
      </Text>
    </Stack>
  )
}
