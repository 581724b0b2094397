import { Alert, Button, Group, Text } from '@mantine/core'
import type { CombinedError } from 'urql'
import { describeApiError } from '../api/api-error.ts'
import { Icon } from './icons.tsx'

/** What went wrong, and what can be done. */
export function Problem({ message, onRetry }: { readonly message: string; readonly onRetry?: () => void }) {
  return (
    <Alert color="red" variant="light" icon={<Icon name="alert" />} role="alert">
      <Group justify="space-between" gap="sm">
        <Text size="sm" dir="auto" className="text" style={{ flex: 1 }}>
          {message.slice(0, 4_000)}
        </Text>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  )
}

/** Nothing where the API is only away: the page says so once, at its top, and asks again by itself. */
export function QueryProblem({
  error,
  onRetry,
}: {
  readonly error: CombinedError | undefined
  readonly onRetry: () => void
}) {
  if (!error) return null
  const { kind, message } = describeApiError(error)
  return kind === 'AWAY' ? null : <Problem message={message} onRetry={onRetry} />
}
