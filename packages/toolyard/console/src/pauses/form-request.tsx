import { Loader, Stack, Text } from '@mantine/core'
import { type FormEvent, lazy, Suspense, useRef, useState } from 'react'
import { useUnsaved } from '../forms/unsaved.ts'
import { hasFields } from '../schema-form/has-fields.ts'
import { initialForm } from '../schema-form/initial-value.ts'
import type { SchemaFormHandle } from '../schema-form/schema-form.tsx'
import { AnswerButtons } from './answer-buttons.tsx'
import type { AskedForm } from './input-documents.ts'
import { RequestFrame } from './request-frame.tsx'
import { type RequestProps, useAnswer } from './use-answer.ts'

const SchemaForm = lazy(() => import('../schema-form/schema-form.tsx'))

/** Values that the server asks for, as a form of its schema. */
export function FormRequest(props: RequestProps<AskedForm>) {
  const { message, requestedSchema, expiresAt } = props.request
  const [value, setValue] = useState(() => initialForm(requestedSchema))
  const [isTyped, setIsTyped] = useState(false)
  const answer = useAnswer(props)
  const form = useRef<SchemaFormHandle>(null)
  const asksForValues = hasFields(requestedSchema)
  useUnsaved(isTyped)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    // Nothing is sent that was not seen: the form may still be loading.
    if (!asksForValues || form.current?.check() === true) void answer.send('ACCEPT', value)
  }
  return (
    <RequestFrame title="The server asks for values" message={message} expiresAt={expiresAt}>
      <form onSubmit={submit} noValidate aria-label="Values for the server">
        <Stack gap="sm">
          {asksForValues ? (
            <Suspense fallback={<Loader size="sm" aria-label="Loading the form" />}>
              <SchemaForm
                ref={form}
                schema={requestedSchema}
                value={value}
                issues={answer.issues}
                onChange={(next) => {
                  setValue(next)
                  setIsTyped(true)
                  answer.forgetIssues()
                }}
              />
            </Suspense>
          ) : (
            <Text size="sm" className="quiet">
              It asks for no values, only whether you accept.
            </Text>
          )}
          <AnswerButtons answer={answer} accept="Accept" others={['DECLINE', 'CANCEL']} />
        </Stack>
      </form>
    </RequestFrame>
  )
}
