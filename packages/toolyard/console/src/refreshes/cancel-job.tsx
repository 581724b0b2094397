import { Button } from '@mantine/core'
import { useClient } from 'urql'
import { useMissingScope } from '../api/viewer.ts'
import { Icon } from '../app/icons.tsx'
import { cancelJob } from './refresh-documents.ts'

/** Cancels a run or a refresh. Its view follows the job, and shows how it ended. */
export function CancelJob({ id }: { readonly id: string }) {
  const client = useClient()
  const obstacle = useMissingScope('run', 'write')
  return (
    <Button
      disabled={obstacle !== undefined}
      title={obstacle}
      size="compact-sm"
      variant="default"
      leftSection={<Icon name="stop" size={14} />}
      onClick={() => void client.mutation(cancelJob, { id }).toPromise()}
    >
      Cancel
    </Button>
  )
}
