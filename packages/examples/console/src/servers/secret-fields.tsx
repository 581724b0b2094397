import { ActionIcon, Button, Group, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useRef } from 'react'
import { Icon } from '../app/icons.tsx'
import type { SecretDraft } from './server-draft.ts'

interface SecretFieldsProps {
  readonly legend: string
  /** Of one of them, as in "variable". */
  readonly kind: string
  readonly secrets: readonly SecretDraft[]
  readonly onChange: (secrets: readonly SecretDraft[]) => void
  readonly errorAt: (index: number) => string | undefined
}

const sources = [
  { value: 'literal', label: 'Value' },
  { value: 'env', label: 'From $' },
]

/** Names with values that are stored sealed and never shown again. */
export function SecretFields({ legend, kind, secrets, onChange, errorAt }: SecretFieldsProps) {
  const nextKey = useRef(1_000)
  const change = (key: number, part: Partial<SecretDraft>) =>
    onChange(secrets.map((secret) => (secret.key === key ? { ...secret, ...part } : secret)))
  return (
    <fieldset className="fields">
      <legend>{legend}</legend>
      <Stack gap="xs">
        {secrets.map(({ key, name, value, from, isStored }, index) => (
          <div key={key}>
            <Group gap="xs" align="flex-start">
              <TextInput
                aria-label={`Name of ${kind} ${index + 1}`}
                placeholder="NAME"
                value={name}
                readOnly={isStored}
                onChange={({ currentTarget }) => change(key, { name: currentTarget.value })}
                flex="1 1 9rem"
                error={errorAt(index) !== undefined}
              />
              <Select
                aria-label={`Source of ${kind} ${index + 1}`}
                data={sources}
                value={from}
                allowDeselect={false}
                onChange={(source) => change(key, { from: source === 'env' ? 'env' : 'literal' })}
                w="6.5rem"
              />
              {from === 'literal' ? (
                <PasswordInput
                  aria-label={`Value of ${kind} ${index + 1}`}
                  placeholder={isStored ? 'stays as it is' : 'value'}
                  value={value}
                  onChange={({ currentTarget }) => change(key, { value: currentTarget.value })}
                  autoComplete="off"
                  flex="2 1 10rem"
                />
              ) : (
                <TextInput
                  aria-label={`Environment variable for ${kind} ${index + 1}`}
                  placeholder="a variable where toolyard runs"
                  value={value}
                  onChange={({ currentTarget }) => change(key, { value: currentTarget.value })}
                  flex="2 1 10rem"
                />
              )}
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={`Remove ${kind} ${index + 1}`}
                onClick={() => onChange(secrets.filter((secret) => secret.key !== key))}
              >
                <Icon name="remove" size={16} />
              </ActionIcon>
            </Group>
            {errorAt(index) && (
              <Text size="xs" c="red" role="alert">
                {errorAt(index)}
              </Text>
            )}
          </div>
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Icon name="add" size={14} />}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => {
            nextKey.current += 1
            onChange([...secrets, { key: nextKey.current, name: '', value: '', from: 'literal', isStored: false }])
          }}
        >
          Add {kind}
        </Button>
      </Stack>
    </fieldset>
  )
}
