import { Alert, Badge, Code, Stack, Text } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'

/** Marks a tool whose definition contains text invisible to people. */
export function HiddenTextBadge({ warnings }: { readonly warnings: readonly unknown[] }) {
  if (warnings.length === 0) return null
  return (
    <Badge color="red" variant="light">
      Hidden text
    </Badge>
  )
}

interface WarningsProps {
  readonly warnings: readonly { readonly pointer: string; readonly message: string }[]
}

/** Lists what a person should review before a model sees the definition, and why. */
export function ToolWarnings({ warnings }: WarningsProps) {
  if (warnings.length === 0) return null
  return (
    <Alert color="red" variant="light" title="Hidden text found" role="group">
      <Text size="sm" mb="xs">
        Models would read it. toolyard removes it for model APIs; here it appears as ⟨U+200B⟩.
      </Text>
      <Stack gap="var(--space-2)">
        {warnings.map(({ pointer, message }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the warnings of a definition never change
          <Text size="sm" key={index} component="div">
            <Code className="pointer">
              <bdi>{showHiddenText(pointer.slice(0, 300))}</bdi>
            </Code>{' '}
            <bdi>{message.slice(0, 400)}</bdi>
          </Text>
        ))}
      </Stack>
    </Alert>
  )
}
