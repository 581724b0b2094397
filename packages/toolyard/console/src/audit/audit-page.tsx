import { Badge, Button, Group, Select, Skeleton, Stack, Switch, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useClient } from 'urql'
import { Link } from 'wouter'
import { usePages } from '../api/use-pages.ts'
import { useMissingScope } from '../api/viewer.ts'
import { Empty } from '../app/empty.tsx'
import { PageHead } from '../app/page-head.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { useUrlFilters } from '../app/url-filters.ts'
import { Name } from '../text/name.tsx'
import { Time } from '../text/time.tsx'
import { actionWords, auditActions, targetHref } from './audit-actions.ts'
import { type AuditFilter, type AuditRow, auditPage } from './audit-document.ts'

const pageSize = 50
const typingMs = 200

function Target({ event: { targetId, targetName } }: { readonly event: AuditRow }) {
  const name = targetName ?? targetId
  if (name === null) return null
  const href = targetHref(targetId)
  return href === undefined ? (
    <Name>{name}</Name>
  ) : (
    <Link href={href}>
      <Name>{name}</Name>
    </Link>
  )
}

function Event({ event }: { readonly event: AuditRow }) {
  const { action, actor, at, count, fields, refusedWith } = event
  return (
    <li className="row audit-row">
      <Text size="sm" className="quiet" component="span">
        <Time at={at} />
      </Text>
      <span>
        <span className="audit-event">
          <span className="main-name">{actionWords(action)}</span>
          <Target event={event} />
          {refusedWith !== null && (
            <Badge color="red" variant="light">
              {refusedWith}
              {count > 1 && ` × ${count}`}
            </Badge>
          )}
        </span>
        {fields.length > 0 && (
          <Text size="sm" className="quiet" component="span" display="block" truncate>
            <bdi>{fields.join(', ').slice(0, 300)}</bdi>
          </Text>
        )}
      </span>
      <Text size="sm" className="quiet" component="span">
        {actor === null ? '' : <Name>{actor}</Name>}
      </Text>
    </li>
  )
}

/** The events that match, page by page. */
function useEvents(filter: AuditFilter) {
  const client = useClient()
  return usePages({
    key: JSON.stringify(filter),
    pageSize,
    // Changes by this page and others are recorded as they happen.
    isOldAfter: () => true,
    async readPage(after, first) {
      const variables = { first, after, filter }
      const { data, error: failure } = await client
        .query(auditPage, variables, { requestPolicy: 'network-only' })
        .toPromise()
      return { page: data?.auditEvents, error: failure }
    },
  })
}

/** Who changed what, and what was refused; or the scope that the key lacks to see it. */
export default function AuditPage() {
  const obstacle = useMissingScope('admin')
  return (
    <Stack gap="md">
      <PageHead title="Audit" />
      {obstacle === undefined ? <Events /> : <Empty icon="key" title={obstacle} />}
    </Stack>
  )
}

function Events() {
  const [filters, setFilter] = useUrlFilters(['action', 'actor', 'refused'])
  const [actor] = useDebouncedValue((filters.actor ?? '').trim(), typingMs)
  const action = auditActions.find((each) => each === filters.action)
  const { rows, totalCount, error, need, reload } = useEvents({
    ...(action === undefined ? {} : { action: [action] }),
    ...(actor === '' ? {} : { actor }),
    ...(filters.refused === undefined ? {} : { refused: true }),
  })
  const rest = (totalCount ?? 0) - rows.length
  return (
    <>
      <Group gap="sm" align="flex-end">
        <Select
          label="Action"
          placeholder="Any"
          data={auditActions.map((value) => ({ value, label: actionWords(value) }))}
          value={action ?? null}
          onChange={(value) => setFilter('action', value)}
          clearable
          searchable
          flex="1 1 12rem"
        />
        <TextInput
          label="Actor"
          placeholder="Id of a key"
          value={filters.actor ?? ''}
          onChange={({ currentTarget }) => setFilter('actor', currentTarget.value)}
          flex="1 1 12rem"
          spellCheck={false}
        />
        <Switch
          label="Only refused"
          checked={filters.refused !== undefined}
          onChange={({ currentTarget }) => setFilter('refused', currentTarget.checked ? 'true' : null)}
          mb="var(--space-4)"
        />
      </Group>
      <QueryProblem error={error} onRetry={reload} />
      {totalCount === undefined && !error && <Skeleton height={160} aria-label="Loading" />}
      {totalCount === 0 && (
        <Empty icon="audit" title="No events">
          <Text size="sm" className="quiet">
            What was changed, and what was refused, appears here.
          </Text>
        </Empty>
      )}
      {rows.length > 0 && (
        <ul className="panel list" aria-label="Events">
          {rows.map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </ul>
      )}
      {rest > 0 && (
        <Button variant="default" onClick={() => need(rows.length + pageSize - 1)} style={{ alignSelf: 'center' }}>
          Show more ({rest.toLocaleString('en')} left)
        </Button>
      )}
    </>
  )
}
