import { Autocomplete, Stack, Text } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { Description } from '../text/description.tsx'
import type { Completions } from './use-completions.ts'

export interface Argument {
  readonly name: string
  readonly title?: string | null
  readonly description?: string | null
  readonly required: boolean
}

interface ArgumentFieldsProps {
  readonly fields: readonly Argument[]
  readonly values: Readonly<Record<string, string>>
  readonly onChange: (values: Readonly<Record<string, string>>) => void
  readonly errorOf: (name: string) => string | undefined
  readonly completions: Completions
}

/** A field for each text, with the values that the server suggests. */
export function ArgumentFields({ fields, values, onChange, errorOf, completions }: ArgumentFieldsProps) {
  const { suggestions, suggest, problem } = completions
  return (
    <Stack gap="sm">
      {fields.map(({ name, title, description, required }) => (
        <Autocomplete
          key={name}
          label={<bdi>{showHiddenText((title ?? name).slice(0, 200))}</bdi>}
          description={description ? <Description text={description} /> : undefined}
          // Markdown has paragraphs of its own.
          descriptionProps={{ component: 'div' }}
          required={required}
          value={values[name] ?? ''}
          data={[...(suggestions[name] ?? [])]}
          // The server has filtered them.
          filter={({ options }) => options}
          onFocus={() => suggest(name, values)}
          onChange={(value) => {
            const { [name]: _, ...others } = values
            const next = value === '' ? others : { ...values, [name]: value }
            onChange(next)
            suggest(name, next)
          }}
          error={errorOf(name)}
          autoComplete="off"
          spellCheck={false}
          maw="34rem"
        />
      ))}
      {problem !== undefined && (
        <Text size="xs" className="quiet">
          No suggestions: {problem.slice(0, 200)}
        </Text>
      )}
    </Stack>
  )
}
