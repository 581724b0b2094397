import { Anchor, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'

export function NotFound({ what = 'page' }: { readonly what?: string }) {
  return (
    <Stack gap="xs">
      <Title order={1}>There is no such {what}</Title>
      <Text size="sm">
        {what === 'page' ? 'Check the address.' : 'It may have been deleted, here or by another client.'}
      </Text>
      <Anchor component={Link} href="/">
        Go to servers
      </Anchor>
    </Stack>
  )
}
