import { showHiddenText } from '@toolyard/core/hidden-text'

const shownCharacters = 200

/** A name that the console did not give: its own direction stays its own, what would not be seen is shown, and it is one line. */
export function Name({ children }: { readonly children: string }) {
  const text = children.length > shownCharacters ? `${children.slice(0, shownCharacters)}…` : children
  return <bdi className="name">{showHiddenText(text)}</bdi>
}
