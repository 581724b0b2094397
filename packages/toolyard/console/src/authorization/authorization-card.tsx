import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { NeedsScope } from '../api/needs-scope.tsx'
import { useApiQuery } from '../api/use-api-query.ts'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { StatusDot, type Tone } from '../app/status-dot.tsx'
import { serverIdOf } from '../live/feed-document.ts'
import { authorizationOf, type OAuthDetails } from './authorization-documents.ts'
import { AuthorizationFacts } from './authorization-facts.tsx'
import { neededAction, type OAuthStatus, statusWords, usesBrowser } from './authorization-status.ts'
import { DisconnectServer } from './disconnect-server.tsx'
import { useConnect } from './use-connect.ts'

/** Interval between polls, in ms: a status also changes with time, which no event reports. */
const askedEveryMs = 2_000

/** OAuth of a server that asks for it and has no settings for it. */
const unset: OAuthDetails = {
  grant: 'AUTHORIZATION_CODE',
  status: 'NOT_CONNECTED',
  reason: null,
  issuer: null,
  clientId: null,
  clientRegistration: null,
  scopes: [],
  requestedScopes: [],
  expiresAt: null,
}

const tones: Readonly<Record<OAuthStatus, Tone>> = {
  NOT_CONNECTED: 'idle',
  AUTHORIZING: 'busy',
  CONNECTED: 'good',
  EXPIRED: 'fair',
  REAUTH_REQUIRED: 'waiting',
}

/** What the status means for the user, and what to do. */
function advice({ grant, status, requestedScopes }: OAuthDetails): string | undefined {
  const isByBrowser = usesBrowser(grant)
  if (status === 'AUTHORIZING')
    return 'Consent at the authorization server. This page shows the result by itself; an attempt ends after 10 minutes.'
  if (status === 'EXPIRED') return 'The next refresh or run gets a new token by itself.'
  if (status === 'NOT_CONNECTED')
    return isByBrowser
      ? 'Connect opens the authorization server in this tab. You consent there, and come back.'
      : 'The next refresh or run gets a token by itself.'
  if (status === 'REAUTH_REQUIRED')
    return isByBrowser
      ? 'Connect the server again to consent anew.'
      : 'Edit the server, and replace its OAuth settings with valid credentials.'
  if (requestedScopes.length === 0) return undefined
  return isByBrowser
    ? 'The server asks for more scopes than were granted. Some of its tools may fail without them.'
    : 'The server asks for more scopes than were granted. Edit the server to ask for them.'
}

function StatusMark({ status }: { readonly status: OAuthStatus }) {
  return (
    <span className="status" role="status" aria-live="polite">
      <StatusDot tone={tones[status]} isWorking={status === 'AUTHORIZING'} />
      {statusWords[status]}
    </span>
  )
}

/** Moves the focus to the card once the button that had it has left with the tokens. */
function useFocusAfter(hasTokens: boolean) {
  const section = useRef<HTMLElement>(null)
  const isConfirmed = useRef(false)
  useEffect(() => {
    if (hasTokens || !isConfirmed.current) return
    isConfirmed.current = false
    section.current?.focus({ preventScroll: true })
  }, [hasTokens])
  const onConfirm = () => {
    isConfirmed.current = true
  }
  return { section, onConfirm }
}

interface AuthorizationCardProps {
  readonly id: string
  readonly name: string
}

/** The authorization of a server by OAuth, live: what was granted, what is missing, and the actions. */
export function AuthorizationCard({ id, name }: AuthorizationCardProps) {
  const { data, reload } = useApiQuery({
    query: authorizationOf,
    variables: { serverId: id },
    isOldAfter: (event) => serverIdOf(event) === id,
    everyMs: askedEveryMs,
  })
  const { connect, connectingId, refusal } = useConnect()
  const server = data?.mcpServer
  const auth = server && 'auth' in server ? server.auth : null
  const oauth = auth?.__typename === 'OAuthAuth' ? auth : unset
  const { status, grant } = oauth
  const hasTokens = status === 'CONNECTED' || status === 'EXPIRED'
  const { section, onConfirm } = useFocusAfter(hasTokens)
  if (!server) return null
  const needed = neededAction(oauth)
  const text = advice(oauth)
  return (
    <section ref={section} tabIndex={-1} className="panel" aria-labelledby="authorization" data-authorization={status}>
      <Group className="panel-head" justify="space-between" gap="xs">
        <Title order={2} id="authorization">
          Authorization
        </Title>
        <StatusMark status={status} />
      </Group>
      <Stack gap="sm" p="md">
        {text !== undefined && <Text size="sm">{text}</Text>}
        <AuthorizationFacts oauth={oauth} />
        {refusal && <Problem message={refusal.message} />}
        <Group gap="xs">
          <NeedsScope scope="write" isSaid>
            {usesBrowser(grant) && (
              <Button
                variant={needed === undefined ? 'default' : 'filled'}
                leftSection={<Icon name="key" size={16} />}
                loading={connectingId !== undefined}
                onClick={() => void connect(id)}
              >
                {needed ?? 'Connect again'}
              </Button>
            )}
            {hasTokens && (
              <DisconnectServer
                id={id}
                name={name}
                usesBrowser={usesBrowser(grant)}
                onConfirm={onConfirm}
                onDone={reload}
              />
            )}
          </NeedsScope>
        </Group>
      </Stack>
    </section>
  )
}
