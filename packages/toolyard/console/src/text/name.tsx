import { showHiddenText } from '@toolyard/core/internal/hidden-text'

const shownCharacters = 200

/** Shows a foreign name on one line, in its own direction and with invisible characters made visible. */
export function Name({ children }: { readonly children: string }) {
  const text = children.length > shownCharacters ? `${children.slice(0, shownCharacters)}…` : children
  return <bdi className="name">{showHiddenText(text)}</bdi>
}
