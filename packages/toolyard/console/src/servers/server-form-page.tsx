import { Skeleton, Stack } from '@mantine/core'
import { useState } from 'react'
import { useClient } from 'urql'
import { useLocation } from 'wouter'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { NotFound } from '../app/not-found.tsx'
import { PageHead } from '../app/page-head.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { forgetUnsaved } from '../forms/unsaved.ts'
import { useToasts } from '../toasts/toasts-context.tsx'
import { policyChanges } from './policy-changes.ts'
import { createServer, type ServerDetails, serverById, updateServer } from './server-documents.ts'
import {
  changesConnection,
  draftOf,
  emptyDraft,
  type ServerDraft,
  toCreateInput,
  toUpdateInput,
} from './server-draft.ts'
import { ServerForm } from './server-form.tsx'
import { useRefreshAction } from './use-refresh-action.ts'

function NewServer() {
  const client = useClient()
  const [, navigate] = useLocation()
  const create = async (draft: ServerDraft): Promise<Refusal | undefined> => {
    const { data, error } = await client.mutation(createServer, { input: toCreateInput(draft) }).toPromise()
    const answer = data?.createMcpServer
    const refusal = refusalOf(answer, error)
    if (refusal || answer?.__typename !== 'CreateMcpServerPayload') return refusal
    forgetUnsaved()
    // Its page moves the focus to the first tool that it lists.
    navigate(`/servers/${answer.server.id}?added`)
    return undefined
  }
  return (
    <Stack gap="md">
      <PageHead title="Add a server" up={{ href: '/', name: 'Servers' }} />
      <ServerForm initial={emptyDraft} submitText="Add server" cancelHref="/" onSubmit={create} />
    </Stack>
  )
}

/** Maps an error to the form's paths: if the transport changes, the whole configuration is under `replace`. */
function atFields({ message, path: [first, second, ...rest] }: Refusal): Refusal {
  const path = [first, second === 'replace' ? undefined : second, ...rest].filter((segment) => segment !== undefined)
  return { message, path }
}

function ChangedServer({ server }: { readonly server: ServerDetails }) {
  // The API reports concurrent changes by the revision; typed input stays.
  const [before] = useState(server)
  const [initial] = useState(() => draftOf(server))
  const client = useClient()
  const [, navigate] = useLocation()
  const { refresh } = useRefreshAction()
  const href = `/servers/${server.id}`
  const toasts = useToasts()
  const offerUndo = (draft: ServerDraft) => {
    const changes = policyChanges(initial, draft)
    if (!changes) return
    toasts.show({
      kind: 'DONE',
      text: `${draft.name}: ${changes.words}`,
      undo: async () => {
        const input = { id: before.id, ...changes.undo }
        const { data, error } = await client.mutation(updateServer, { input }).toPromise()
        return refusalOf(data?.updateMcpServer, error)?.message
      },
    })
  }
  const update = async (draft: ServerDraft): Promise<Refusal | undefined> => {
    const input = toUpdateInput(before.id, before.revision, initial, draft)
    const { data, error } = await client.mutation(updateServer, { input }).toPromise()
    const refusal = refusalOf(data?.updateMcpServer, error)
    if (refusal) return atFields(refusal)
    forgetUnsaved()
    offerUndo(draft)
    // The page of the server shows how it ends, and what is missing if it cannot begin.
    if (server.enabled && changesConnection(initial, draft)) await refresh(server.id)
    navigate(href)
    return undefined
  }
  return (
    <Stack gap="md">
      <PageHead title={`Edit ${server.name}`} up={{ href, name: server.name.slice(0, 60) }} />
      <ServerForm initial={initial} submitText="Save" cancelHref={href} onSubmit={update} />
    </Stack>
  )
}

export default function ServerFormPage({ id }: { readonly id: string | undefined }) {
  return id === undefined ? <NewServer /> : <StoredServer id={id} />
}

function StoredServer({ id }: { readonly id: string }) {
  const { data, error, isLoading, reload } = useApiQuery({ query: serverById, variables: { id } })
  if (isLoading) return <Skeleton height={240} aria-label="Loading" />
  if (!data) return <QueryProblem error={error} onRetry={reload} />
  return data.mcpServer ? <ChangedServer server={data.mcpServer} /> : <NotFound what="server" />
}
