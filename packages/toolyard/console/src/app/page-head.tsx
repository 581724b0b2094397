import { Group, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { Link } from 'wouter'
import { Icon } from './icons.tsx'

interface PageHeadProps {
  /** Title of the browser's tab; also the heading if `children` are omitted. */
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
  readonly up?: { readonly href: string; readonly name: string }
}

export function PageHead({ title, children, actions, up }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title.slice(0, 60)} · toolyard`
  }, [title])
  return (
    <div>
      {up && (
        <Link href={up.href} className="up">
          <Icon name="back" size={14} /> {up.name}
        </Link>
      )}
      <Group justify="space-between" gap="sm" align="center" mih={36}>
        <Title order={1} miw={0} style={{ flex: '1 1 12rem' }}>
          {children ?? title}
        </Title>
        <Group gap="xs" className="page-actions">
          {actions}
        </Group>
      </Group>
    </div>
  )
}
