import { Button, TextInput } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { useMemo, useState } from 'react'
import { searchJson } from './json-search.ts'

/** Members shown at once. */
const membersAtOnce = 200
/** Hits shown. */
const maxHits = 100
/** Members of an object that is open from the beginning. */
const openUpTo = 20

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null
const textOf = (value: unknown) => showHiddenText((JSON.stringify(value) ?? 'undefined').slice(0, 2_000))

function noteOf(value: object): string {
  const { length } = Object.keys(value)
  if (Array.isArray(value)) return length === 1 ? '1 item' : `${length} items`
  return length === 1 ? '1 member' : `${length} members`
}

interface NodeProps {
  readonly name: string
  readonly value: unknown
  readonly isOpen: boolean
}

/** A value and, once it is opened, its members. */
function Node({ name, value, isOpen }: NodeProps) {
  const [isShown, setIsShown] = useState(isOpen)
  const [shown, setShown] = useState(membersAtOnce)
  if (!isBranch(value))
    return (
      <div className="json-leaf">
        <span className="quiet">
          <bdi>{showHiddenText(name.slice(0, 200))}</bdi>:
        </span>{' '}
        <bdi>{textOf(value)}</bdi>
      </div>
    )
  const members = isShown ? Object.entries(value) : []
  return (
    <details open={isShown} onToggle={({ currentTarget }) => setIsShown(currentTarget.open)}>
      <summary>
        <bdi>{showHiddenText(name.slice(0, 200))}</bdi> <span className="quiet">{noteOf(value)}</span>
      </summary>
      {members.slice(0, shown).map(([each, held]) => (
        <Node key={each} name={each} value={held} isOpen={false} />
      ))}
      {members.length > shown && (
        <Button variant="subtle" size="compact-xs" onClick={() => setShown(shown + membersAtOnce)}>
          Show more of {members.length}
        </Button>
      )}
    </details>
  )
}

/** JSON to open and to search. */
export default function JsonTree({ value, label }: { readonly value: unknown; readonly label: string }) {
  const [words, setWords] = useState('')
  const hits = useMemo(() => searchJson(value, words, maxHits), [value, words])
  return (
    <div className="block">
      <TextInput
        size="xs"
        mb="xs"
        aria-label={`Search in ${label}`}
        placeholder="Search names and values"
        value={words}
        onChange={({ currentTarget }) => setWords(currentTarget.value)}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <div className="json-tree" role="group" aria-label={label} tabIndex={0}>
        {words.trim() === '' ? (
          <Node name={label} value={value} isOpen={isBranch(value) && Object.keys(value).length <= openUpTo} />
        ) : (
          <>
            {hits.length === 0 && <p className="quiet">Nothing found.</p>}
            {hits.map((hit) => (
              <Node key={hit.path.join('\n')} name={hit.path.join(' › ')} value={hit.value} isOpen={false} />
            ))}
          </>
        )}
      </div>
    </div>
  )
}
