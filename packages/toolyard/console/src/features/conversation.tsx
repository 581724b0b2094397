import { Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import { ContentBlock } from '../runs/content-block.tsx'
import { LongDescription } from '../text/long-description.tsx'
import type { RenderedPrompt } from './feature-documents.ts'

type Message = RenderedPrompt['messages'][number]

/** What is copied of a message: its text, or the content as JSON. */
function textOf({ content }: Message): string {
  if (content.__typename === 'TextContent') return content.text
  if (content.__typename === 'EmbeddedResourceContent' && content.anyText !== null) return content.anyText
  return JSON.stringify(content, undefined, 2)
}

const roles = { USER: 'User', ASSISTANT: 'Assistant' } as const

function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="subtle" onClick={copy} aria-label={copied ? 'Copied' : label}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      )}
    </CopyButton>
  )
}

/** The messages of a prompt, as a conversation. */
export function Conversation({ prompt: { description, messages } }: { readonly prompt: RenderedPrompt }) {
  const all = messages.map((message) => `${roles[message.role]}: ${textOf(message)}`).join('\n\n')
  return (
    <Stack gap="sm" component="section" aria-label="Messages">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {messages.length === 1 ? '1 message' : `${messages.length} messages`}
        </Text>
        {messages.length > 1 && <Copy text={all} label="Copy all messages" />}
      </Group>
      {description !== null && description !== '' && <LongDescription text={description} />}
      {messages.map((message, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: messages may repeat, and the list never changes
          key={index}
          className="message"
          data-role={message.role}
        >
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={600} className="quiet">
              {roles[message.role]}
            </Text>
            <Copy text={textOf(message)} label={`Copy message ${index + 1}`} />
          </Group>
          <ContentBlock block={message.content} />
        </div>
      ))}
    </Stack>
  )
}
