import { Alert, Button, Group, Text } from '@mantine/core'
import type { CombinedError } from 'urql'
import { describeApiError } from '../api/api-error.ts'
import { Icon } from './icons.tsx'

/** Shows an error, with a retry button if the caller offers one. */
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

/** Shows a query's error. Skips outages: the banner reports those once, and the page retries by itself. */
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
