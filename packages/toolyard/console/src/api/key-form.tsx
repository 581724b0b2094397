import { Button, Code, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { SecretInput } from '../forms/secret-input.tsx'
import { keepApiKey } from './api-key.ts'

interface KeyFormProps {
  readonly wasRefused: boolean
  readonly problem?: string
  readonly onKey: () => void
}

export function KeyForm({ wasRefused, problem, onKey }: KeyFormProps) {
  const [key, setKey] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    keepApiKey(key.trim())
    onKey()
  }
  return (
    <main className="centered">
      <form
        className="panel"
        onSubmit={submit}
        style={{ padding: 'var(--space-12)', maxWidth: '26rem', width: '100%' }}
      >
        <Stack gap="md">
          <Title order={1}>Sign in with an API key</Title>
          <Text size="sm" className="quiet">
            The key is kept until you close this tab. To create one:{' '}
            <Code>toolyard keys add --tenant NAME --scopes read,run,write</Code>
          </Text>
          <SecretInput
            label="API key"
            value={key}
            onChange={({ currentTarget }) => setKey(currentTarget.value)}
            error={problem ?? (wasRefused ? 'That key was not accepted' : undefined)}
            data-autofocus
            autoFocus
          />
          <Button type="submit" disabled={key.trim() === ''}>
            Continue
          </Button>
        </Stack>
      </form>
    </main>
  )
}
