import { showHiddenText } from '@toolyard/core/internal/hidden-text'

const shownCharacters = 200
/** Longest name that fits where names are cut to one line, in characters: a longer one is whole in its tooltip. */
const fittingCharacters = 16

/** Shows a foreign name on one line, in its own direction and with invisible characters made visible. */
export function Name({ children }: { readonly children: string }) {
  const text = children.length > shownCharacters ? `${children.slice(0, shownCharacters)}…` : children
  const shown = showHiddenText(text)
  return (
    <bdi className="name" title={text.length > fittingCharacters ? shown : undefined}>
      {shown}
    </bdi>
  )
}
