import { Stack, Text, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useMemo, useRef, useState } from 'react'
import { useUnsaved } from '../forms/unsaved.ts'
import { JsonView } from '../text/json-view.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { AnswerButtons } from './answer-buttons.tsx'
import type { AskedSampling } from './input-documents.ts'
import { RequestFrame } from './request-frame.tsx'
import { type SamplingParams, sampledText, samplingParams } from './sampling-params.ts'
import { type RequestProps, useAnswer } from './use-answer.ts'

/** The model that a person stands for. */
const ownModel = 'human'

interface PartProps {
  readonly by: string
  readonly text: string | undefined
  readonly content: unknown
}

function Part({ by, text, content }: PartProps) {
  return (
    <div className="asked-message" data-role={by}>
      <Text size="sm" fw={600} className="quiet">
        <Name>{by}</Name>
      </Text>
      {text === undefined ? <JsonView value={content} label={`Content by ${by}`} /> : <LongText text={text} />}
    </div>
  )
}

/** What the server would send to a language model. */
function Question({ params }: { readonly params: SamplingParams }) {
  const { messages, moreMessages, systemPrompt, maxTokens, models, rest } = params
  return (
    <Stack gap="sm">
      {systemPrompt !== undefined && <Part by="system prompt" text={systemPrompt} content={undefined} />}
      {messages.map(({ role, text, content }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages may repeat, and the list never changes
        <Part key={index} by={role} text={text} content={content} />
      ))}
      {moreMessages > 0 && <Text size="sm">and {moreMessages.toLocaleString('en')} more messages</Text>}
      <Text size="sm" className="quiet facts" component="div" mt={0}>
        {maxTokens !== undefined && <span>at most {maxTokens.toLocaleString('en')} tokens</span>}
        {models.length > 0 && (
          <span>
            prefers <Name>{models.join(', ')}</Name>
          </span>
        )}
      </Text>
      {Object.keys(rest).length > 0 && (
        <details>
          <summary>Rest of the request</summary>
          <JsonView value={rest} label="Rest of the request" />
        </details>
      )}
    </Stack>
  )
}

/** A question to a language model, which a person answers, by hand or with a model of theirs. */
export function SamplingRequest(props: RequestProps<AskedSampling>) {
  const { params, expiresAt } = props.request
  const shown = useMemo(() => samplingParams(params), [params])
  const [text, setText] = useState('')
  const [model, setModel] = useState(ownModel)
  const [isChecked, setIsChecked] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const answer = useAnswer(props)
  useUnsaved(text !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setIsChecked(true)
    if (text === '') field.current?.focus()
    else void answer.send('ACCEPT', sampledText(text, model.trim() || ownModel))
  }
  return (
    <RequestFrame title="The server asks a language model" message={undefined} expiresAt={expiresAt}>
      <Question params={shown} />
      <form onSubmit={submit} noValidate aria-label="Answer of the model">
        <Stack gap="sm">
          <Textarea
            ref={field}
            label="Answer"
            required
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            error={isChecked && text === '' ? 'Required' : answer.issues[0]?.message}
            autosize
            minRows={3}
            maxRows={16}
          />
          <TextInput
            label="Model"
            description="Told to the server: what wrote the answer"
            placeholder={ownModel}
            value={model}
            onChange={({ currentTarget }) => setModel(currentTarget.value)}
            maxLength={200}
            maw="18rem"
            spellCheck={false}
          />
          <Text size="sm" className="quiet">
            Some servers cannot be told of a refusal: Decline then ends the run.
          </Text>
          <AnswerButtons answer={answer} accept="Answer" others={['DECLINE']} />
        </Stack>
      </form>
    </RequestFrame>
  )
}
