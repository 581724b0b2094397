import { Group, NumberInput, Select, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import type { Faults } from '../forms/fault-at.ts'
import { protocolEras } from './protocol-eras.ts'
import type { ServerDraft, TimeoutsDraft } from './server-draft.ts'

export const advancedPaths = [
  'timeouts',
  'timeouts.connectMs',
  'timeouts.requestMs',
  'timeouts.maxTotalMs',
  'protocolEra',
  'enabled',
  'refresh',
]

const deadlines: readonly {
  readonly name: keyof TimeoutsDraft
  readonly path: string
  readonly label: string
  readonly description: string
  readonly placeholder: string
}[] = [
  {
    name: 'connect',
    path: 'timeouts.connectMs',
    label: 'Connect limit (default 30 s)',
    description: 'Until the session is open',
    placeholder: '30 s',
  },
  {
    name: 'request',
    path: 'timeouts.requestMs',
    label: 'Request limit (default 60 s)',
    description: 'For each request',
    placeholder: '60 s',
  },
  {
    name: 'maxTotal',
    path: 'timeouts.maxTotalMs',
    label: 'Total limit (default 10 min)',
    description: 'Including all waiting',
    placeholder: '600 s',
  },
]

interface AdvancedFieldsProps {
  readonly draft: ServerDraft
  readonly change: (part: Partial<ServerDraft>) => void
  readonly faults: Faults
}

/** Fields that most servers never need. Opens by itself if the API rejects one of them. */
export function AdvancedFields({ draft, change, faults }: AdvancedFieldsProps) {
  const [isOpen, setIsOpen] = useState(false)
  const isNew = draft.storedTransport === undefined
  const isAtFault = advancedPaths.some((path) => faults.at(path) !== undefined)
  return (
    <details open={isOpen || isAtFault} onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>Advanced</summary>
      <Stack gap="md">
        <Group gap="md" align="flex-start">
          {deadlines.map(({ name, path, label, description, placeholder }) => (
            <NumberInput
              key={name}
              label={label}
              description={description}
              placeholder={placeholder}
              suffix=" s"
              allowNegative={false}
              hideControls
              value={draft.timeouts[name] ?? ''}
              onChange={(value) =>
                change({ timeouts: { ...draft.timeouts, [name]: typeof value === 'number' ? value : undefined } })
              }
              error={faults.at(path)}
              flex="1 1 12rem"
            />
          ))}
        </Group>
        {faults.at('timeouts') && (
          <Text size="xs" className="danger" role="alert">
            {faults.at('timeouts')}
          </Text>
        )}
        <Select
          label="Protocol"
          description="MCP revisions. Saving another one asks the server anew"
          data={[...protocolEras]}
          value={draft.protocolEra}
          allowDeselect={false}
          onChange={(value) =>
            change({ protocolEra: protocolEras.find((each) => each.value === value)?.value ?? 'AUTO' })
          }
          error={faults.at('protocolEra')}
          maw="26rem"
        />
        {isNew && (
          <Group gap="xl">
            <Switch
              label="Enabled"
              checked={draft.enabled}
              onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
              error={faults.at('enabled')}
            />
            <Switch
              label="List tools now"
              checked={draft.enabled && draft.refresh}
              disabled={!draft.enabled}
              onChange={({ currentTarget }) => change({ refresh: currentTarget.checked })}
              error={faults.at('refresh')}
            />
          </Group>
        )}
      </Stack>
    </details>
  )
}
