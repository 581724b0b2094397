import { Alert, Button, Code, Group, Text } from '@mantine/core'
import { useConnection, useLive } from './live-context.tsx'

/** Says that the API is away, and what to do; nothing while it is there. */
export function ConnectionBanner() {
  const connection = useConnection()
  const { connection: store } = useLive()
  return (
    <div role="status" aria-live="polite">
      {connection === 'AWAY' && (
        <Alert color="orange" variant="light" mb="md" title="The API is away">
          <Group justify="space-between" gap="sm">
            <Text size="sm">
              What you see may be old. It is tried again all the time, and nothing that happens meanwhile is missed. If
              it stays away, look at the log of <Code>toolyard serve</Code>.
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => store.retryNow()}>
              Try now
            </Button>
          </Group>
        </Alert>
      )}
    </div>
  )
}
