import './docs.css'
import { Skeleton } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { NotFound } from '../app/not-found.tsx'
import { PageHead } from '../app/page-head.tsx'
import { Problem } from '../app/problem.tsx'
import { docsNodes } from './docs-html.ts'

// The documentation of this very version: each page is a file of its own, loaded when it is opened.
const files = import.meta.glob<string>('../../../../../docs/*.md', { query: '?raw', import: 'default' })
const loaders = new Map(Object.entries(files).map(([path, load]) => [/([\w-]+)\.md$/.exec(path)?.[1] ?? '', load]))
const index = 'README'

const headingOf = (text: string) => /^# (.+)$/m.exec(text)?.[1] ?? 'Documentation'

/** The heading that the URL names; undefined if it names none, or is broken. */
function namedHeading(): HTMLElement | undefined {
  try {
    return document.getElementById(decodeURIComponent(window.location.hash.slice(1))) ?? undefined
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

function Page({ text, isIndex }: { readonly text: string; readonly isIndex: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  const [, navigate] = useLocation()
  useEffect(() => {
    place.current?.replaceChildren(docsNodes(text.replace(/^# .+$/m, '')))
    // The browser looked for the heading before it was there.
    namedHeading()?.scrollIntoView()
  }, [text])
  useEffect(() => {
    const page = place.current
    // Links of the page are nodes of its own; Enter clicks them too.
    const follow = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null
      const href = link?.getAttribute('href') ?? ''
      if (!href.startsWith('/docs') || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      navigate(href)
    }
    page?.addEventListener('click', follow)
    return () => page?.removeEventListener('click', follow)
  }, [navigate])
  const up = isIndex ? {} : { up: { href: '/docs', name: 'Documentation' } }
  return (
    <>
      <PageHead title={headingOf(text)} {...up} />
      <div className="markdown docs" ref={place} />
    </>
  )
}

export default function DocsPage({ page = index }: { readonly page: string | undefined }) {
  const [text, setText] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const load = loaders.get(page)
  useEffect(() => {
    let isGone = false
    load?.().then(
      (loaded) => !isGone && setText(loaded),
      (error: unknown) => !isGone && setProblem(`Could not load the page: ${String(error)}`),
    )
    return () => {
      isGone = true
    }
  }, [load])
  if (!load) return <NotFound what="page" />
  if (problem !== undefined) return <Problem message={problem} onRetry={() => window.location.reload()} />
  if (text === undefined) return <Skeleton height={240} aria-label="Loading" />
  return <Page text={text} isIndex={page === index} />
}
