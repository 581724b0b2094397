import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { lazy, Suspense } from 'react'
import { LongText } from './long-text.tsx'

const Markdown = lazy(() => import('./markdown.tsx'))

/** Longest description shown as Markdown, in characters. Hostile Markdown takes time that grows with its square. */
export const maxMarkdown = 4_000

/** Whether a text has marks that Markdown would show otherwise. */
const hasMarks = (text: string) => /[*_`#[\n|~]|^\s{0,3}[-+>\d]/.test(text)

/** A foreign description: Markdown without HTML, or the text as it is. */
export function Description({ text }: { readonly text: string }) {
  if (text.length > maxMarkdown) return <LongText text={text} limit={600} />
  const shown = showHiddenText(text)
  if (!hasMarks(text)) return <bdi>{shown}</bdi>
  return (
    <Suspense fallback={<bdi>{shown}</bdi>}>
      <Markdown text={shown} />
    </Suspense>
  )
}
