import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useClient } from 'urql'
import { useLocation } from 'wouter'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { Name } from '../text/name.tsx'
import { deleteServer } from './server-documents.ts'

interface DeleteServerProps {
  readonly id: string
  readonly name: string
  readonly toolCount: number
}

export function DeleteServer({ id, name, toolCount }: DeleteServerProps) {
  const [isOpen, { open, close }] = useDisclosure()
  const [refusal, setRefusal] = useState<Refusal>()
  const [isAsking, setIsAsking] = useState(false)
  const client = useClient()
  const [, navigate] = useLocation()
  const confirm = async () => {
    setIsAsking(true)
    const { data, error } = await client.mutation(deleteServer, { id }).toPromise()
    setIsAsking(false)
    const refused = refusalOf(data?.deleteMcpServer, error)
    setRefusal(refused)
    if (!refused) navigate('/')
  }
  return (
    <>
      <Button variant="default" leftSection={<Icon name="remove" size={16} />} onClick={open}>
        Delete
      </Button>
      <Modal opened={isOpen} onClose={close} title="Delete this server?" centered>
        <Stack gap="md">
          <Text size="sm">
            <Name>{name}</Name> and its {toolCount} tools will be deleted. Its run history is kept.
          </Text>
          {refusal && <Problem message={refusal.message} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button color="red" loading={isAsking} onClick={() => void confirm()}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
