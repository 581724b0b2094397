import { Loader, Text, Textarea } from '@mantine/core'
import { lazy, type Ref, Suspense } from 'react'
import { hasFields } from '../schema-form/has-fields.ts'
import type { FormIssue } from '../schema-form/issue-words.ts'
import type { SchemaFormHandle } from '../schema-form/schema-form.tsx'
import type { Args, ArgsDraft } from './use-args.ts'

const SchemaForm = lazy(() => import('../schema-form/schema-form.tsx'))

interface ArgsEditorProps {
  readonly schema: Args
  readonly draft: ArgsDraft
  readonly issues: readonly FormIssue[]
  readonly isTooLarge: boolean
  readonly form: Ref<SchemaFormHandle>
  readonly onEdit: () => void
}

/** The args, as a form or as JSON. */
export function ArgsEditor({ schema, draft, issues, isTooLarge, form, onEdit }: ArgsEditorProps) {
  if (draft.mode === 'JSON')
    return (
      <Textarea
        label="Args"
        description={isTooLarge ? 'The schema is too large for a form.' : undefined}
        value={draft.text}
        onChange={({ currentTarget }) => draft.setText(currentTarget.value)}
        error={draft.textProblem}
        classNames={{ input: 'mono' }}
        autosize
        minRows={6}
        maxRows={24}
        spellCheck={false}
      />
    )
  if (!hasFields(schema))
    return (
      <Text size="sm" className="quiet">
        This tool takes no args.
      </Text>
    )
  return (
    <Suspense fallback={<Loader size="sm" aria-label="Loading the form" />}>
      <SchemaForm
        ref={form}
        schema={schema}
        value={draft.args}
        issues={issues}
        onChange={(args) => {
          draft.setArgs(args, true)
          onEdit()
        }}
      />
    </Suspense>
  )
}
