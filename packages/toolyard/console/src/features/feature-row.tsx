import { Stack } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Description } from '../text/description.tsx'
import { Name } from '../text/name.tsx'

interface FeatureRowProps {
  readonly name: string
  /** What identifies it for its server. */
  readonly identifier?: string
  readonly words: string | null
  readonly facts?: string
  /** Rendered once the user opens the row: a link that only leads here must not ask the server. */
  readonly children: ReactNode
}

/** A resource, template or prompt of a list, which opens in place. */
export function FeatureRow({ name, identifier, words, facts, children }: FeatureRowProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li className="feature">
      <button type="button" className="row feature-row" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <span className="main-name">
          <Name>{name}</Name>
        </span>
        <span className="tool-words mono">{identifier !== undefined && <Name>{identifier}</Name>}</span>
        <span className="tool-words feature-facts">{facts}</span>
      </button>
      {isOpen && (
        <Stack gap="sm" px="md" pb="md">
          {words !== null && words !== '' && (
            <div className="prose quiet">
              <Description text={words} />
            </div>
          )}
          {children}
        </Stack>
      )}
    </li>
  )
}
