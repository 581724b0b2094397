import { Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { SecretInput } from '../forms/secret-input.tsx'
import { noSecret, type SecretText, sourceOf, sourcePlaceholders, sources } from '../servers/secret-sources.ts'
import type { ImportVariable } from './import-documents.ts'

interface VariableFieldsProps {
  readonly variables: readonly ImportVariable[]
  readonly drafts: ReadonlyMap<string, SecretText>
  readonly onChange: (name: string, draft: SecretText) => void
}

/** Fields for the variables that the entries do not define. */
export function VariableFields({ variables, drafts, onChange }: VariableFieldsProps) {
  return (
    <fieldset className="fields">
      <legend>Variables to fill in</legend>
      <Stack gap="sm">
        {variables.map(({ name, description, required, secret, default: fallback }) => {
          const draft = drafts.get(name) ?? noSecret
          const isHidden = secret && draft.from === 'literal'
          const Field = isHidden ? SecretInput : TextInput
          return (
            <Group key={name} gap="xs" align="flex-end">
              <Field
                label={name.slice(0, 100)}
                description={description?.slice(0, 300)}
                required={required}
                placeholder={fallback ?? (draft.from === 'literal' ? '' : sourcePlaceholders[draft.from])}
                value={draft.value}
                onChange={({ currentTarget }) => onChange(name, { ...draft, value: currentTarget.value })}
                autoComplete="off"
                flex="1 1 14rem"
              />
              <Select
                aria-label={`Source of ${name.slice(0, 100)}`}
                data={[...sources]}
                value={draft.from}
                allowDeselect={false}
                onChange={(from) => onChange(name, { ...draft, from: sourceOf(from) })}
                w="7rem"
              />
            </Group>
          )
        })}
      </Stack>
      {variables.some(({ secret }) => secret) && (
        <Text size="xs" className="quiet" mt="xs">
          Secrets are stored sealed and never shown again.
        </Text>
      )}
    </fieldset>
  )
}
