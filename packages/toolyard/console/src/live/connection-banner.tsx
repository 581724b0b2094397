import { Alert, Button, Code, Group, Text } from '@mantine/core'
import { useConnection, useLive } from './live-context.tsx'

/** Reports an outage of the API and what to do; empty while the API is reachable. */
export function ConnectionBanner() {
  const connection = useConnection()
  const { connection: store } = useLive()
  return (
    <div role="status" aria-live="polite">
      {connection === 'AWAY' && (
        <Alert color="orange" variant="light" mb="md" title="API unavailable">
          <Group justify="space-between" gap="sm">
            <Text size="sm">
              Reconnecting… no events will be lost. This page may be out of date until then. If the API stays
              unavailable, check the log of <Code>toolyard serve</Code>.
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => store.retryNow()}>
              Retry now
            </Button>
          </Group>
        </Alert>
      )}
    </div>
  )
}
