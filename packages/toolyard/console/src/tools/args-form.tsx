import './args-form.css'
import { Form } from '@rjsf/mantine'
import type { RJSFSchema, UiSchema } from '@rjsf/utils'
import { Component, type ReactNode, useMemo } from 'react'
import { type ArgsIssue, errorSchemaOf } from './args-errors.ts'
import schemaValidator from './schema-validator.ts'

export interface ArgsFormProps {
  readonly schema: Readonly<Record<string, unknown>>
  readonly args: Readonly<Record<string, unknown>>
  readonly issues: readonly ArgsIssue[]
  readonly onChange: (args: Readonly<Record<string, unknown>>, isTyped: boolean) => void
}

const uiSchema: UiSchema = { 'ui:submitButtonOptions': { norender: true }, 'ui:options': { label: false } }

interface BoundaryProps {
  readonly children: ReactNode
}

/** Catches rendering errors: rjsf cannot build a form from every foreign schema. */
class SchemaBoundary extends Component<BoundaryProps, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override render() {
    if (this.state.isBroken) return <p>Cannot build a form from this schema. Enter the args as JSON.</p>
    return this.props.children
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Builds a form from the tool's input schema. Accepts any input: the API validates it. */
export default function ArgsForm({ schema, args, issues, onChange }: ArgsFormProps) {
  const extraErrors = useMemo(() => errorSchemaOf(issues), [issues])
  // The page already shows the tool's title and description above.
  const fields = useMemo((): RJSFSchema => {
    const { title: _title, description: _description, $schema: _dialect, ...rest } = schema
    return { type: 'object', ...rest }
  }, [schema])
  return (
    <SchemaBoundary>
      <Form
        schema={fields}
        uiSchema={uiSchema}
        validator={schemaValidator}
        formData={args}
        extraErrors={extraErrors}
        onChange={({ formData }, id) => onChange(isRecord(formData) ? formData : {}, id !== undefined)}
        tagName="div"
        className="args-form"
        idPrefix="args"
        noHtml5Validate
        noValidate
        showErrorList={false}
        experimental_defaultFormStateBehavior={{
          arrayMinItems: { populate: 'requiredOnly' },
          emptyObjectFields: 'skipEmptyDefaults',
        }}
      />
    </SchemaBoundary>
  )
}
