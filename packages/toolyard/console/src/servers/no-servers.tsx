import { Group, Text } from '@mantine/core'
import { LinkButton } from '../api/link-button.tsx'
import { Empty } from '../app/empty.tsx'

/** Replaces what there is not without a server, and leads to the first one. */
export function NoServers() {
  return (
    <Empty icon="servers" title="No servers yet">
      <Text size="sm" className="quiet" maw="34rem">
        Paste the configuration of Claude, Cursor, VS Code or another client, or add a server by its command or URL. Its
        tools are listed right away.
      </Text>
      <Group mt="xs" justify="center">
        <LinkButton href="/import" scope="write" variant="default">
          Import a configuration
        </LinkButton>
        <LinkButton href="/servers/new" scope="write">
          Add a server
        </LinkButton>
      </Group>
    </Empty>
  )
}
