import { Code, Group, Loader, Stack, Text, Title } from '@mantine/core'

export function AwayPage({ message }: { readonly message: string }) {
  return (
    <main className="centered">
      <Stack className="panel" gap="sm" style={{ padding: '1.5rem', maxWidth: '28rem' }}>
        <Title order={1}>The API is away</Title>
        <Text size="sm">
          {message}. Start it with <Code>toolyard serve --console</Code>, or look at what its log says. This page opens
          by itself as soon as it answers.
        </Text>
        <Group gap="xs" role="status">
          <Loader size="xs" /> <Text size="sm">Trying again every two seconds</Text>
        </Group>
      </Stack>
    </main>
  )
}
