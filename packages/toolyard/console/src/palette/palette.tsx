import './palette.css'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { Dialog, useDialog } from '../app/dialog.tsx'
import { Icon } from '../app/icons.tsx'
import { isPressOf } from '../keys/press.ts'
import { type Entry, entryAfter } from './entries.ts'
import { useActions } from './use-actions.ts'
import { useEntryGroups } from './use-entry-groups.ts'

interface PaletteProps {
  readonly onClose: () => void
  readonly onListKeys: () => void
  readonly onKeyChange: () => void
}

const label = 'Find tools, servers, runs and actions'
const maxQueryLength = 1_000
const listId = 'palette-list'
const elementId = ({ id }: Entry) => `palette-${id}`

interface OptionProps {
  readonly entry: Entry
  readonly isActive: boolean
  readonly onPoint: () => void
  readonly onChoose: () => void
}

function Option({ entry, isActive, onPoint, onChoose }: OptionProps) {
  const { icon, name, detail, missing } = entry
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isActive) place.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the focus stays in the field, whose keys choose (ARIA combobox)
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      ref={place}
      id={elementId(entry)}
      role="option"
      className="palette-option"
      aria-selected={isActive}
      aria-disabled={missing !== undefined}
      onPointerMove={onPoint}
      onClick={onChoose}
    >
      <Icon name={icon} size={16} />
      <bdi className="palette-name">{showHiddenText(name.slice(0, 200))}</bdi>
      <bdi className="palette-detail quiet">{missing ?? showHiddenText((detail ?? '').slice(0, 200))}</bdi>
    </div>
  )
}

/** Finds by words, and goes there or does it, with the keyboard alone: a combobox with a list of groups. */
export default function Palette({ onClose, onListKeys, onKeyChange }: PaletteProps) {
  const [words, setWords] = useState('')
  const [activeId, setActiveId] = useState<string>()
  const chosen = useRef<Entry>(undefined)
  const [, navigate] = useLocation()
  const { groups, isSearching } = useEntryGroups(words, useActions({ onListKeys, onKeyChange }))
  const entries = groups.flatMap((group) => group.entries)
  const active = entries.find(({ id }) => id === activeId) ?? entries[0]

  // Once the focus is back: the page that opens moves it on.
  const dialog = useDialog(() => {
    onClose()
    const deed = chosen.current?.deed
    if (deed?.type === 'GO') navigate(deed.href)
    if (deed?.type === 'DO') deed.act()
  })
  const choose = (entry: Entry | undefined) => {
    if (!entry || entry.missing !== undefined) return
    chosen.current = entry
    dialog.close()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setActiveId(entryAfter(entries, active?.id, 1)?.id)
    else if (event.key === 'ArrowUp') setActiveId(entryAfter(entries, active?.id, -1)?.id)
    else if (event.key === 'Enter') choose(active)
    else if (isPressOf('PALETTE', event)) dialog.close()
    else return
    event.preventDefault()
  }
  return (
    <Dialog label={label} dialog={dialog}>
      <div className="palette">
        <input
          className="palette-field"
          role="combobox"
          aria-label={label}
          placeholder={label}
          aria-expanded={entries.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={active && elementId(active)}
          autoComplete="off"
          spellCheck={false}
          value={words}
          maxLength={maxQueryLength}
          onChange={({ currentTarget }) => {
            setWords(currentTarget.value)
            setActiveId(undefined)
          }}
          onKeyDown={onKeyDown}
        />
        <div id={listId} role="listbox" aria-label="Found" className="palette-list" data-searching={isSearching}>
          {groups.map((group) => (
            // biome-ignore lint/a11y/useSemanticElements: a group of options, not a fieldset
            <div key={group.name} role="group" aria-label={group.name}>
              <div className="palette-heading" aria-hidden="true">
                {group.name}
              </div>
              {group.entries.map((entry) => (
                <Option
                  key={entry.id}
                  entry={entry}
                  isActive={entry === active}
                  onPoint={() => setActiveId(entry.id)}
                  onChoose={() => choose(entry)}
                />
              ))}
            </div>
          ))}
        </div>
        <div className="palette-foot quiet" role="status">
          {isSearching ? 'Searching' : entries.length === 0 ? 'Nothing matches' : `${entries.length} found`}
        </div>
      </div>
    </Dialog>
  )
}
