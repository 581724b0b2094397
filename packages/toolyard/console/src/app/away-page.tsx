import { Code, Group, Loader, Stack, Text, Title } from '@mantine/core'

export function AwayPage({ message }: { readonly message: string }) {
  return (
    <main className="centered">
      <Stack className="panel" gap="sm" style={{ padding: 'var(--space-12)', maxWidth: '28rem' }}>
        <Title order={1}>API unavailable</Title>
        <Text size="sm">
          {message}. Start it with <Code>toolyard serve</Code>, or check its log. This page opens as soon as the API
          answers.
        </Text>
        <Group gap="xs" role="status">
          <Loader size="xs" /> <Text size="sm">Retrying every two seconds</Text>
        </Group>
      </Stack>
    </main>
  )
}
