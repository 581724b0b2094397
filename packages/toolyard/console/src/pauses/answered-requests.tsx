import { Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { Icon } from '../app/icons.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import type { Answered } from './answered.ts'
import type { AskedInput } from './input-documents.ts'

const accepted = {
  ElicitationFormRequest: 'Accepted',
  ElicitationUrlRequest: 'Done',
  SamplingRequest: 'Answered',
} as const satisfies Record<AskedInput['__typename'], string>
const refused = { DECLINE: 'Declined', CANCEL: 'Canceled' } as const

function wordsOf({ request, response: { action } }: Answered): string {
  return action === 'ACCEPT' ? accepted[request.__typename] : refused[action]
}

const messageOf = (request: AskedInput) =>
  request.__typename === 'SamplingRequest' ? 'a question to a language model' : request.message

interface AnsweredRequestsProps {
  readonly answers: readonly Answered[]
  /** Whether a new answer takes the focus, as the form that had it has left. @default false */
  readonly takesFocus?: boolean
}

/** What this page has answered, in order. */
export function AnsweredRequests({ answers, takesFocus = false }: AnsweredRequestsProps) {
  const list = useRef<HTMLUListElement>(null)
  const count = answers.length
  const shown = useRef(count)
  useEffect(() => {
    if (takesFocus && count > shown.current) list.current?.focus({ preventScroll: true })
    shown.current = count
  }, [count, takesFocus])
  if (count === 0) return null
  return (
    <ul className="answered" aria-label="Sent answers" ref={list} tabIndex={-1}>
      {answers.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: keys repeat in rounds, and the list only grows
        <li key={index} data-answered={each.response.action}>
          <Icon name={each.response.action === 'ACCEPT' ? 'check' : 'stop'} size={16} />
          <div className="answered-words">
            <Text size="sm" component="div">
              {wordsOf(each)}: <Name>{messageOf(each.request)}</Name>
            </Text>
            {each.response.content && (
              <LongText text={JSON.stringify(each.response.content)} isMono limit={300} label="What was sent" />
            )}
          </div>
        </li>
      ))}
    </ul>
  )
}
