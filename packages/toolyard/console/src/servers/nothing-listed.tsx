import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Empty } from '../app/empty.tsx'
import type { IconName } from '../app/icons.tsx'
import type { ListObstacle } from './list-obstacle.ts'

interface NothingListedProps {
  readonly what: 'tools' | 'resources' | 'prompts'
  readonly icon: IconName
  readonly obstacle: ListObstacle | undefined
}

const above = (place: string, words: string) => (
  <Anchor href={`#${place}`} inherit>
    {words}
  </Anchor>
)

function words(what: string, obstacle: ListObstacle | undefined): readonly [title: string, advice: ReactNode] {
  switch (obstacle) {
    case 'FAILURE':
      return [`The ${what} could not be read`, <>See {above('failure', 'what failed, and what to do')}.</>]
    case 'AUTHORIZATION':
      return [`The ${what} could not be read`, <>{above('authorization', 'Connect the server')} first.</>]
    case 'DISABLED':
      return [`No ${what} listed`, 'The server is disabled. Enable it, then refresh it.']
    case 'VARIABLES':
      return [`No ${what} yet`, 'Fill in the variables of the server, then refresh it.']
    case 'NOT_READ':
      return [`No ${what} yet`, `A refresh lists the ${what} of the server.`]
    case undefined:
      return [`No ${what}`, `The server lists no ${what}.`]
  }
}

/** Replaces an empty list of a server: says why it is empty, and what to do. */
export function NothingListed({ what, icon, obstacle }: NothingListedProps) {
  const [title, advice] = words(what, obstacle)
  return (
    <Empty icon={icon} title={title}>
      <Text size="sm" className="quiet">
        {advice}
      </Text>
    </Empty>
  )
}
