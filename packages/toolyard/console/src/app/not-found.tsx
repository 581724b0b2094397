import { Anchor, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'

const lists = {
  page: { href: '/', words: 'Go to servers' },
  server: { href: '/', words: 'Go to servers' },
  tool: { href: '/tools', words: 'Go to tools' },
  run: { href: '/runs', words: 'Go to runs' },
} as const

/** Says that what the address names is not there, and leads to the list of what is. */
export function NotFound({ what = 'page' }: { readonly what?: keyof typeof lists }) {
  const { href, words } = lists[what]
  return (
    <Stack gap="xs">
      <Title order={1}>There is no such {what}</Title>
      <Text size="sm">
        {what === 'page' ? 'Check the address.' : 'It may have been deleted, here or by another client.'}
      </Text>
      <Text size="sm">
        <Anchor component={Link} href={href} inherit>
          {words}
        </Anchor>
      </Text>
    </Stack>
  )
}
