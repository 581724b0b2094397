import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
}

/** Replaces an empty list: says why it is empty and what to do. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <Stack className="panel" align="center" gap="xs" py="xl" px="md" ta="center">
      <span className="quiet">
        <Icon name={icon} size={28} />
      </span>
      <Text fw={600}>{title}</Text>
      {children}
    </Stack>
  )
}
