import './pauses.css'
import { Stack } from '@mantine/core'
import { Permitted } from '../api/permitted.tsx'
import type { AnsweredInputs } from './answered.ts'
import { FormRequest } from './form-request.tsx'
import type { AskedInput } from './input-documents.ts'
import type { PausedRun } from './pause-documents.ts'
import { SamplingRequest } from './sampling-request.tsx'
import { UrlRequest } from './url-request.tsx'
import type { RequestProps } from './use-answer.ts'
import { useAnswerObstacle } from './use-answer-obstacle.ts'

function InputRequest({ request, ...rest }: RequestProps) {
  switch (request.__typename) {
    case 'ElicitationFormRequest':
      return <FormRequest request={request} {...rest} />
    case 'ElicitationUrlRequest':
      return <UrlRequest request={request} {...rest} />
    case 'SamplingRequest':
      return <SamplingRequest request={request} {...rest} />
  }
}

/** Tells requests apart: a server may use a key again in a later round, for another question or the same. */
function identityOf(request: AskedInput, earlier: number): string {
  const { expiresAt: _, ...asked } = request
  return `${earlier} ${JSON.stringify(asked)}`
}

interface InputRequestsProps {
  readonly run: PausedRun
  readonly answered: AnsweredInputs
  readonly onAnswered: () => void
}

/** What the server of a run asks for, each with its own answer. */
export function InputRequests({ run, answered, onAnswered }: InputRequestsProps) {
  const obstacle = useAnswerObstacle(run.actor)
  const before = answered.of(run.id)
  // The run on screen may be older than the answer.
  const open = run.pendingInput.filter(
    ({ key }) => !before.some(({ request, round }) => request.key === key && round === run.inputRound),
  )
  return (
    <Stack gap="md">
      <Permitted obstacle={obstacle}>
        {open.map((request) => (
          <InputRequest
            key={identityOf(request, before.filter((each) => each.request.key === request.key).length)}
            run={run}
            request={request}
            answered={answered}
            onAnswered={onAnswered}
          />
        ))}
      </Permitted>
    </Stack>
  )
}
