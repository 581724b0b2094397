import { Badge, Stack, Text } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { Link } from 'wouter'
import { Name } from '../text/name.tsx'
import { formatNames } from './format-names.ts'
import type { ImportEntry, ImportReport as Report } from './import-documents.ts'

const outcomes: Readonly<Record<ImportEntry['outcome'], { readonly words: string; readonly color: string }>> = {
  WOULD_CREATE: { words: 'Will be added', color: 'teal' },
  WOULD_UPDATE: { words: 'Will be changed', color: 'orange' },
  CREATED: { words: 'Added', color: 'teal' },
  UPDATED: { words: 'Changed', color: 'orange' },
  SKIPPED: { words: 'Skipped', color: 'gray' },
  FAILED: { words: 'Failed', color: 'red' },
}

function Entry({ entry }: { readonly entry: ImportEntry }) {
  const { name, outcome, target, ignored, notes, error, server } = entry
  const { words, color } = outcomes[outcome]
  return (
    <li className="row import-row" data-outcome={outcome}>
      <Badge variant="light" color={color}>
        {words}
      </Badge>
      <div>
        {server ? (
          <Link href={`/servers/${server.id}`} className="main-name">
            <Name>{name}</Name>
          </Link>
        ) : (
          <span className="main-name">
            <Name>{name || '(no name)'}</Name>
          </span>
        )}
        {target !== null && (
          <Text size="sm" className="text mono" component="div">
            <bdi>{showHiddenText(target)}</bdi>
          </Text>
        )}
        {outcome === 'SKIPPED' && (
          <Text size="sm" className="text">
            {server ? 'A server has this name already' : 'An earlier entry has this name'}: choose to replace it, or to
            add this one under another name.
          </Text>
        )}
        {error && (
          <Text size="sm" className="text">
            {error.message.slice(0, 600)}
            {error.path && error.path.length > 0 && (
              <span className="quiet"> at {error.path.join(' › ').slice(0, 200)}</span>
            )}
          </Text>
        )}
        {ignored.length > 0 && (
          <Text size="sm" className="quiet text">
            Ignored: {ignored.join(', ').slice(0, 400)}
          </Text>
        )}
        {notes.length > 0 && (
          <Text size="sm" className="quiet text">
            {notes.join('; ').slice(0, 400)}
          </Text>
        )}
      </div>
    </li>
  )
}

/** Shows the planned or actual outcome of each entry. */
export function ImportReport({ report, title }: { readonly report: Report; readonly title: string }) {
  return (
    <Stack gap="xs">
      <Text fw={600} size="sm" role="status">
        {title} <span className="quiet">· {formatNames[report.detectedFormat]}</span>
      </Text>
      <ul className="panel list">
        {report.entries.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice, and a report never changes
          <Entry key={index} entry={entry} />
        ))}
      </ul>
    </Stack>
  )
}
