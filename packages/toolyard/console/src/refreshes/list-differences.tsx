import { Stack, Text } from '@mantine/core'
import { Problem } from '../app/problem.tsx'
import { Name } from '../text/name.tsx'
import { changeCount, kinds, type ListKind } from './changes-in-short.ts'
import type { ListDifference } from './difference-fields.ts'

/** The changes of the lists beside that of tools. */
type ListDifferences = Readonly<Record<ListKind, ListDifference>>

/** Maximum number of names shown of each kind of change. */
const shownNames = 50

interface NamesProps {
  readonly mark: '+' | '~' | '−'
  readonly names: readonly string[]
  readonly count: number
}

function Names({ mark, names, count }: NamesProps) {
  const rest = count - Math.min(names.length, shownNames)
  return (
    <>
      {names.slice(0, shownNames).map((name) => (
        <li key={name} data-mark={mark === '~' ? 'changed' : mark}>
          <span aria-hidden="true" className="change-mark">
            {mark}
          </span>
          <Name>{name}</Name>
        </li>
      ))}
      {rest > 0 && <li className="quiet">and {rest.toLocaleString('en')} more</li>}
    </>
  )
}

function Difference({ title, difference }: { readonly title: string; readonly difference: ListDifference }) {
  const { added, addedCount, updated, updatedCount, deleted, deletedCount, rejected, error } = difference
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
    <div role="group" aria-label={`Changes of ${title.toLowerCase()}`}>
      <Text size="sm" fw={600} mb="var(--space-2)">
        {title} <span className="number quiet">{changeCount(difference).toLocaleString('en')}</span>
      </Text>
      {error && <Problem message={`This list could not be read, and stays as it was: ${error.message}`} />}
      <ul className="changes wide">
        <Names mark="+" names={added} count={addedCount} />
        <Names mark="~" names={updated} count={updatedCount} />
        <Names mark="−" names={deleted} count={deletedCount} />
      </ul>
      {rejected.slice(0, shownNames).map(({ name, reason }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list never changes
        <Text size="sm" key={index}>
          Rejected: <Name>{name || '(no name)'}</Name>: <span className="quiet">{reason.slice(0, 300)}</span>
        </Text>
      ))}
    </div>
  )
}

/** Each list that changed or could not be read. Empty if none did. */
export function ListDifferencesView({ differences }: { readonly differences: ListDifferences }) {
  const shown = kinds.filter(([kind]) => {
    const { error, rejected } = differences[kind]
    return error !== null || rejected.length > 0 || changeCount(differences[kind]) > 0
  })
  if (shown.length === 0) return null
  return (
    <Stack gap="sm">
      {shown.map(([kind, title]) => (
        <Difference key={kind} title={title} difference={differences[kind]} />
      ))}
    </Stack>
  )
}
