import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useRef } from 'react'
import { Icon } from '../app/icons.tsx'
import { SecretInput } from '../forms/secret-input.tsx'
import { sourceOf, sourcePlaceholders, sources } from './secret-sources.ts'
import type { SecretDraft } from './server-draft.ts'

interface SecretFieldsProps {
  readonly legend: string
  /** What one of them is called, such as "variable". */
  readonly kind: string
  readonly secrets: readonly SecretDraft[]
  readonly onChange: (secrets: readonly SecretDraft[]) => void
  readonly errorAt: (secret: SecretDraft) => string | undefined
  /** Whether a stored value is kept if the user enters no other. */
  readonly areKept: boolean
}

/** Fields for names with secret values, which are stored sealed and never shown again. */
export function SecretFields({ legend, kind, secrets, onChange, errorAt, areKept }: SecretFieldsProps) {
  const nextKey = useRef(1_000)
  const change = (key: number, part: Partial<SecretDraft>) =>
    onChange(secrets.map((secret) => (secret.key === key ? { ...secret, ...part } : secret)))
  return (
    <fieldset className="fields">
      <legend>{legend}</legend>
      <Stack gap="xs">
        {secrets.map((secret, index) => {
          const { key, name, value, from, stored } = secret
          const error = errorAt(secret)
          return (
            <div key={key}>
              <Group gap="xs" align="flex-start">
                <TextInput
                  aria-label={`Name of ${kind} ${index + 1}`}
                  placeholder="NAME"
                  value={name}
                  readOnly={stored !== undefined}
                  onChange={({ currentTarget }) => change(key, { name: currentTarget.value })}
                  flex="1 1 6rem"
                  error={error !== undefined}
                />
                <Select
                  aria-label={`Source of ${kind} ${index + 1}`}
                  data={[...sources]}
                  value={from}
                  allowDeselect={false}
                  onChange={(chosen) => {
                    const source = sourceOf(chosen)
                    change(key, { from: source, value: source === stored?.from ? stored.value : '' })
                  }}
                  w="7rem"
                />
                {from === 'literal' ? (
                  <SecretInput
                    aria-label={`Value of ${kind} ${index + 1}`}
                    placeholder={stored?.from !== 'literal' ? 'value' : areKept ? 'unchanged' : 'enter again'}
                    value={value}
                    onChange={({ currentTarget }) => change(key, { value: currentTarget.value })}
                    flex="2 1 10rem"
                  />
                ) : (
                  <TextInput
                    aria-label={`${from === 'env' ? 'Environment variable' : 'Reference'} for ${kind} ${index + 1}`}
                    placeholder={sourcePlaceholders[from]}
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
              {error && (
                <Text size="xs" className="danger" role="alert">
                  {error}
                </Text>
              )}
            </div>
          )
        })}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Icon name="add" size={14} />}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => {
            nextKey.current += 1
            onChange([...secrets, { key: nextKey.current, name: '', value: '', from: 'literal', stored: undefined }])
          }}
        >
          Add {kind}
        </Button>
      </Stack>
    </fieldset>
  )
}
