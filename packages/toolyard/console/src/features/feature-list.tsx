import { Button, Group, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { type ReactNode, useDeferredValue, useState } from 'react'
import { type PageAnswer, usePages } from '../api/use-pages.ts'
import { Icon } from '../app/icons.tsx'
import { QueryProblem } from '../app/problem.tsx'
import type { FeedEvent } from '../live/feed-document.ts'

const pageSize = 50
/** Rows from which a list has a filter. */
const filteredFrom = 12

interface FeatureListProps<Row> {
  readonly title: string
  readonly readPage: (words: string, after: string | null, first: number) => Promise<PageAnswer<Row>>
  readonly isOldAfter: (event: FeedEvent) => boolean
  readonly children: (row: Row) => ReactNode
}

/** One list of a server, page by page, with a filter if it is long. */
export function FeatureList<Row>({ title, readPage, isOldAfter, children }: FeatureListProps<Row>) {
  const [words, setWords] = useState('')
  const wanted = useDeferredValue(words.trim())
  const { rows, totalCount, error, need, reload } = usePages({
    key: wanted,
    pageSize,
    isOldAfter,
    readPage: (after, first) => readPage(wanted, after, first),
  })
  const [isLong, setIsLong] = useState(false)
  if (!isLong && (totalCount ?? 0) >= filteredFrom) setIsLong(true)
  const rest = (totalCount ?? 0) - rows.length
  return (
    <Stack component="section" gap="xs" aria-label={title} data-total={totalCount}>
      <Group justify="space-between" gap="xs">
        <Title order={2}>
          {title} <span className="quiet number">{totalCount?.toLocaleString('en')}</span>
        </Title>
        {isLong && (
          <TextInput
            aria-label={`Filter ${title.toLowerCase()}`}
            placeholder="Filter"
            value={words}
            onChange={({ currentTarget }) => setWords(currentTarget.value)}
            leftSection={<Icon name="search" size={16} />}
          />
        )}
      </Group>
      <QueryProblem error={error} onRetry={reload} />
      {totalCount === undefined && !error && <Skeleton height={90} aria-label="Loading" />}
      {totalCount === 0 && (
        <Text size="sm" className="quiet">
          {wanted === '' ? 'None listed.' : 'None matches.'}
        </Text>
      )}
      {rows.length > 0 && <ul className="panel list">{rows.map(children)}</ul>}
      {rest > 0 && (
        <Button variant="default" onClick={() => need(rows.length + pageSize - 1)} style={{ alignSelf: 'center' }}>
          Show more ({rest.toLocaleString('en')} left)
        </Button>
      )}
    </Stack>
  )
}
