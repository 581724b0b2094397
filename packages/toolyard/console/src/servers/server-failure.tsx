import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { LinkButton } from '../api/link-button.tsx'
import { NeedsScope } from '../api/needs-scope.tsx'
import { Icon } from '../app/icons.tsx'
import { LongText } from '../text/long-text.tsx'
import { Time } from '../text/time.tsx'
import { type FailureAction, failureAdvice } from './failure-advice.ts'
import type { ServerDetails } from './server-documents.ts'

/** The field that an action leads to, by its name in the form. */
const edits: Readonly<Record<Exclude<FailureAction, 'TRY_AGAIN'>, { readonly text: string; readonly field: string }>> =
  {
    EDIT_COMMAND: { text: 'Edit command', field: 'command' },
    EDIT_URL: { text: 'Edit URL', field: 'serverUrl' },
    SET_TOKEN: { text: 'Set token', field: 'token' },
    EDIT: { text: 'Edit server', field: '' },
  }

interface ServerFailureProps {
  readonly server: ServerDetails
  readonly isAsking: boolean
  readonly onRetry: () => void
}

/** The one place for a failure of a server: what failed, why, and what to do. Empty if it has none. */
export function ServerFailure({ server, isAsking, onRetry }: ServerFailureProps) {
  const { id, health } = server
  const error = health.lastError
  if (!error) return null
  const command = server.__typename === 'StdioMcpServer' ? server.command : undefined
  const { title, advice, actions } = failureAdvice(error, command)
  return (
    <section className="panel failure" aria-labelledby="failure" data-failure={error.code}>
      <Group className="panel-head" gap="xs" justify="space-between">
        <div role="alert">
          <Title order={2} id="failure">
            <Icon name="alert" /> {title}
          </Title>
        </div>
        {health.checkedAt !== null && (
          <Text size="sm" className="quiet" component="span">
            <Time at={health.checkedAt} />
            {health.consecutiveFailures > 1 && `, ${health.consecutiveFailures} times in a row`}
          </Text>
        )}
      </Group>
      <Stack gap="sm" p="md">
        <Text size="sm" dir="auto" className="text prose">
          {error.message.slice(0, 4_000)}
        </Text>
        {error.stderrTail.length > 0 && (
          <div className="block">
            <LongText text={error.stderrTail.join('\n')} isMono label="Last lines of stderr" />
          </div>
        )}
        <Text size="sm" className="prose">
          {advice}
        </Text>
        <Group gap="xs">
          <NeedsScope scope="write" isSaid>
            {actions.map((action) =>
              action === 'TRY_AGAIN' ? (
                <Button
                  key={action}
                  variant="default"
                  loading={isAsking}
                  leftSection={<Icon name="refresh" size={16} />}
                  onClick={onRetry}
                >
                  Try again
                </Button>
              ) : (
                <LinkButton
                  key={action}
                  scope="write"
                  href={`/servers/${id}/edit${edits[action].field === '' ? '' : `?at=${edits[action].field}`}`}
                  leftSection={<Icon name="edit" size={16} />}
                >
                  {edits[action].text}
                </LinkButton>
              ),
            )}
          </NeedsScope>
        </Group>
      </Stack>
    </section>
  )
}
