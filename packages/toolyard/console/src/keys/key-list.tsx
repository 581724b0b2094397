import { Button, Group, Stack, Switch, Title } from '@mantine/core'
import { Dialog, useDialog } from '../app/dialog.tsx'
import { KeyLabels } from './key-labels.tsx'
import { shortcuts } from './shortcuts.ts'
import { useSingleKeys } from './use-keys.ts'

/** Lists all keys, and turns off those without a modifier. */
export default function KeyList({ onClose }: { readonly onClose: () => void }) {
  const dialog = useDialog(onClose)
  const [hasSingleKeys, setHasSingleKeys] = useSingleKeys()
  return (
    <Dialog label="Keys" dialog={dialog}>
      <Stack gap="md" p="md">
        <Group justify="space-between">
          <Title order={2}>Keys</Title>
          <Button size="compact-sm" variant="default" onClick={dialog.close}>
            Close
          </Button>
        </Group>
        <dl className="key-list">
          {shortcuts.map(({ name, presses }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <KeyLabels presses={presses} />
              </dd>
            </div>
          ))}
        </dl>
        <Switch
          label="Keys without a modifier"
          description="They never count in a field or a dialog."
          checked={hasSingleKeys}
          onChange={({ currentTarget }) => setHasSingleKeys(currentTarget.checked)}
        />
      </Stack>
    </Dialog>
  )
}
