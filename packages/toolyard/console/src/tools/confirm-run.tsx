import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { Name } from '../text/name.tsx'

interface ConfirmRunProps {
  readonly toolName: string
  readonly serverName: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onRun: () => void
}

/** Asks before a tool runs that says of itself that it may destroy something. */
export function ConfirmRun({ toolName, serverName, isOpen, onClose, onRun }: ConfirmRunProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Run a destructive tool?" centered>
      <Stack gap="md">
        <Text size="sm">
          <Name>{toolName}</Name> of <Name>{serverName}</Name> says that it may change or delete things for good.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            color="red"
            onClick={() => {
              onClose()
              onRun()
            }}
          >
            Run it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
