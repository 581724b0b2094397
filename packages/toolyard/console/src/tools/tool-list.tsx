import { Badge, Skeleton, Text, VisuallyHidden } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { Empty } from '../app/empty.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { Name } from '../text/name.tsx'
import { plainWords } from '../text/plain-words.ts'
import type { ToolRow } from './tool-documents.ts'
import { HiddenTextBadge } from './tool-warnings.tsx'
import { useToolPages } from './use-tool-pages.ts'

interface ToolListProps {
  readonly words?: string
  readonly serverId?: string
  /** Replaces the list if there are no tools. */
  readonly whenEmpty?: ReactNode
  /** Whether the first tool takes the focus once it is there, unless the user has set it elsewhere. */
  readonly offersFirst?: boolean
}

/** Row height in px: one line on a wide page, two on a narrow one. */
const rowPx = { wide: 46, narrow: 60 }
const ahead = 12

interface ToolProps {
  readonly tool: ToolRow
  readonly hasServer: boolean
}

/** Memoized, so that scrolling does not re-render it. */
const Tool = memo(function Tool({ tool, hasServer }: ToolProps) {
  const { id, name, title, description, enabled, annotations, warnings, quarantine, server } = tool
  return (
    <Link href={`/tools/${id}`} className={hasServer ? 'row tool-row with-server' : 'row tool-row'}>
      <span className="main-name">
        <Name>{name}</Name>
      </span>
      <bdi className="tool-words">{showHiddenText(plainWords(description ?? title ?? '').slice(0, 240))}</bdi>
      <span className="tool-marks">
        <HiddenTextBadge warnings={warnings} />
        {quarantine && (
          <Badge color="orange" variant="light">
            {quarantine.kind === 'NEW' ? 'New' : 'Changed'}
          </Badge>
        )}
        {!enabled && (
          <Badge color="gray" variant="light">
            Disabled
          </Badge>
        )}
        {annotations.destructiveHint === true && (
          <Badge color="red" variant="light">
            Destructive
          </Badge>
        )}
        {annotations.readOnlyHint === true && (
          <Badge color="gray" variant="light">
            Read-only
          </Badge>
        )}
      </span>
      {hasServer && (
        <span className="tool-words">
          <Name>{server.name}</Name>
        </span>
      )}
    </Link>
  )
})

function NoTools() {
  return (
    <Empty icon="tools" title="No tools yet">
      <Text size="sm" className="quiet">
        A refresh lists the tools of a server.
      </Text>
    </Empty>
  )
}

/** Lists tools, however many, and renders only those in view. */
export function ToolList({ words = '', serverId, whenEmpty, offersFirst = false }: ToolListProps) {
  const { rows, totalCount, error, need, reload } = useToolPages({ words, serverId })
  const px = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false }) ? rowPx.narrow : rowPx.wide
  const list = useRef<HTMLDivElement>(null)
  const [offset, setOffset] = useState(0)
  const virtualizer = useWindowVirtualizer({
    count: totalCount ?? 0,
    estimateSize: () => px,
    overscan: ahead,
    scrollMargin: offset,
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new row height requires measuring again
  useEffect(() => virtualizer.measure(), [px])
  // Elements above the list come and go, which moves the list.
  useLayoutEffect(() => {
    const measure = () => setOffset(Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the visible range decides how much to load
  useEffect(() => need(last + ahead), [last, totalCount])
  const isListed = rows.length > 0
  useEffect(() => {
    const { activeElement, body } = document
    if (!offersFirst || !isListed || (activeElement !== body && activeElement?.id !== 'content')) return
    list.current?.querySelector<HTMLElement>('.tool-row')?.focus()
  }, [offersFirst, isListed])

  if (totalCount === undefined)
    return error ? <QueryProblem error={error} onRetry={reload} /> : <Skeleton height={px * 4} aria-label="Loading" />
  if (totalCount === 0)
    return words === '' ? (
      (whenEmpty ?? <NoTools />)
    ) : (
      <Empty icon="search" title="No tools match">
        <Text size="sm" className="quiet">
          Try other words, or fewer.
        </Text>
      </Empty>
    )
  return (
    <section aria-label="Tools" data-total={totalCount}>
      <VisuallyHidden role="status">{totalCount} tools</VisuallyHidden>
      <div ref={list} className="panel" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {items.map(({ key, index, start }) => {
          const tool = rows[index]
          return (
            <div
              key={key}
              className="virtual"
              data-index={index}
              data-last={index === totalCount - 1 || undefined}
              style={{ height: px, transform: `translateY(${start - virtualizer.options.scrollMargin}px)` }}
            >
              {tool ? (
                <Tool tool={tool} hasServer={serverId === undefined} />
              ) : (
                <div className="row">
                  <Skeleton height={14} width="40%" my="var(--space-6)" />
                </div>
              )}
            </div>
          )
        })}
      </div>
    </section>
  )
}
