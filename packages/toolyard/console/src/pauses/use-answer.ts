import { useState } from 'react'
import { useClient } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import type { FormIssue } from '../schema-form/issue-words.ts'
import type { AnsweredInputs } from './answered.ts'
import { type AnswerAction, type AskedInput, answerRun, type InputResponse } from './input-documents.ts'

/** What an answer to one request needs. */
export interface RequestProps<Request extends AskedInput = AskedInput> {
  readonly run: { readonly id: string; readonly inputRound: number }
  readonly request: Request
  readonly answered: AnsweredInputs
  readonly onAnswered: () => void
}

export interface Answer {
  /** The action on its way to the API. */
  readonly sending: AnswerAction | undefined
  /** What the API found in the content. */
  readonly issues: readonly FormIssue[]
  /** Why the API refused the answer. */
  readonly problem: string | undefined
  readonly send: (action: AnswerAction, content?: InputResponse['content']) => Promise<void>
  /** Forgets what the API found, as the content has changed. */
  readonly forgetIssues: () => void
}

/** Sends the answer to one request, and remembers it. */
export function useAnswer({ run, request, answered, onAnswered }: RequestProps): Answer {
  const client = useClient()
  const [sending, setSending] = useState<AnswerAction>()
  const [issues, setIssues] = useState<readonly FormIssue[]>([])
  const [problem, setProblem] = useState<string>()

  return {
    sending,
    issues,
    problem,
    async send(action, content) {
      if (sending !== undefined) return
      setSending(action)
      const response = { key: request.key, action, ...(content ? { content } : {}) }
      const { data, error } = await client
        .mutation(answerRun, { input: { runId: run.id, responses: [response] } })
        .toPromise()
      setSending(undefined)
      const answer = data?.answerToolRunInput
      const found = answer?.__typename === 'ToolArgsError' ? answer.issues : []
      const refused = refusalOf(answer, error)
      setIssues(found)
      setProblem(found.length === 0 ? refused?.message : undefined)
      if (refused) return
      answered.add(run.id, { request, round: run.inputRound, response })
      onAnswered()
    },
    forgetIssues() {
      setProblem(undefined)
      if (issues.length > 0) setIssues([])
    },
  }
}
