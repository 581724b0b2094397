import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { Problem } from '../app/problem.tsx'
import { Name } from '../text/name.tsx'
import { disconnectAuth } from './authorization-documents.ts'

interface DisconnectServerProps {
  readonly id: string
  readonly name: string
  readonly usesBrowser: boolean
  /** Called before the API is asked: the feed may show the end first, and this button then leaves the page. */
  readonly onConfirm: () => void
  readonly onDone: () => void
}

export function DisconnectServer({ id, name, usesBrowser, onConfirm, onDone }: DisconnectServerProps) {
  const [isOpen, { open, close }] = useDisclosure()
  const [refusal, setRefusal] = useState<Refusal>()
  const [isAsking, setIsAsking] = useState(false)
  const client = useClient()
  const confirm = async () => {
    onConfirm()
    setIsAsking(true)
    const { data, error } = await client.mutation(disconnectAuth, { serverId: id }).toPromise()
    setIsAsking(false)
    const refused = refusalOf(data?.disconnectMcpAuth, error)
    setRefusal(refused)
    if (refused) return
    close()
    onDone()
  }
  return (
    <>
      <Button variant="default" onClick={open}>
        Disconnect
      </Button>
      <Modal opened={isOpen} onClose={close} title="Disconnect this server?" centered>
        <Stack gap="md">
          <Text size="sm">
            The tokens of <Name>{name}</Name> will be dropped, and revoked if its authorization server allows that.{' '}
            {usesBrowser
              ? 'Runs and refreshes fail until you connect it again. Its tools are kept.'
              : 'The next run or refresh gets new ones.'}
          </Text>
          {refusal && <Problem message={refusal.message} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button color="red" loading={isAsking} onClick={() => void confirm()}>
              Disconnect
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
