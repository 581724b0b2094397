import { Button, Group } from '@mantine/core'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import type { AnswerAction } from './input-documents.ts'
import type { Answer } from './use-answer.ts'

const words = { DECLINE: 'Decline', CANCEL: 'Cancel' } as const

interface AnswerButtonsProps {
  readonly answer: Answer
  readonly accept: string
  /** Called for ACCEPT; without it, the button submits its form. */
  readonly onAccept?: () => void
  readonly others: readonly Exclude<AnswerAction, 'ACCEPT'>[]
}

/** Accept, and the ways not to; with why the API refused the answer. */
export function AnswerButtons({ answer: { sending, problem, send }, accept, onAccept, others }: AnswerButtonsProps) {
  const isBlocked = (action: AnswerAction) => sending !== undefined && sending !== action
  return (
    <>
      {problem !== undefined && <Problem message={problem} />}
      <Group gap="xs">
        <Button
          type={onAccept ? 'button' : 'submit'}
          onClick={onAccept}
          leftSection={<Icon name="check" size={16} />}
          loading={sending === 'ACCEPT'}
          disabled={isBlocked('ACCEPT')}
        >
          {accept}
        </Button>
        {others.map((action) => (
          <Button
            key={action}
            variant="default"
            loading={sending === action}
            disabled={isBlocked(action)}
            onClick={() => void send(action)}
          >
            {words[action]}
          </Button>
        ))}
      </Group>
    </>
  )
}
