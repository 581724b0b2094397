import { Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { LongText } from '../text/long-text.tsx'
import { TimeLeft } from './time-left.tsx'

interface RequestFrameProps {
  readonly title: string
  /** In the words of the server. */
  readonly message: string | undefined
  readonly expiresAt: string | null
  readonly children: ReactNode
}

/** What all requests have: what it is, the server's words, and the time that is left. */
export function RequestFrame({ title, message, expiresAt, children }: RequestFrameProps) {
  return (
    <section className="input-request" aria-label={title} data-input-request="">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h5">
            {title}
          </Title>
          {expiresAt !== null && (
            <Text size="sm" component="span">
              <TimeLeft until={expiresAt} />
            </Text>
          )}
        </Group>
        {message !== undefined && message.trim() !== '' && (
          <LongText text={message} limit={2_000} label="Message of the server" />
        )}
        {children}
      </Stack>
    </section>
  )
}
