import { Stack, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { Icon } from '../app/icons.tsx'
import { PageHead } from '../app/page-head.tsx'
import { ToolList } from './tool-list.tsx'

const typingMs = 120
const maxQueryLength = 1_000

/** Keeps the search in the URL, so that a reload and the back button restore it. */
export default function ToolsPage() {
  const [words, setWords] = useState(() => new URLSearchParams(window.location.search).get('q') ?? '')
  const [asked] = useDebouncedValue(words.trim(), typingMs)
  useEffect(() => {
    const search = asked === '' ? '' : `?q=${encodeURIComponent(asked)}`
    window.history.replaceState(window.history.state, '', `${window.location.pathname}${search}`)
  }, [asked])
  return (
    <Stack gap="md">
      <PageHead title="Tools" />
      <TextInput
        type="search"
        aria-label="Search tools"
        placeholder="Search by what a tool does"
        value={words}
        maxLength={maxQueryLength}
        onChange={({ currentTarget }) => setWords(currentTarget.value)}
        leftSection={<Icon name="search" size={16} />}
        data-autofocus
      />
      <ToolList words={asked} />
    </Stack>
  )
}
