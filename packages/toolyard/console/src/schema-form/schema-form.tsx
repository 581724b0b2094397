import './schema-form.css'
import { Component, type ReactNode, type Ref, useId, useImperativeHandle, useMemo, useRef, useState } from 'react'
import { FaultSummary } from './fault-summary.tsx'
import { type Fault, faultsOf } from './faults.ts'
import { Field } from './field.tsx'
import { type FormContext, FormContextProvider } from './form-context.ts'
import { type FormIssue, faultOfIssue } from './issue-words.ts'
import type { Schema } from './schema.ts'

export interface SchemaFormHandle {
  /** Shows what is wrong and moves the focus there. Returns whether the value can be sent. */
  check(): boolean
}

export interface SchemaFormProps {
  readonly schema: Schema
  readonly value: Schema
  readonly onChange: (value: Schema) => void
  /** What the API found in the value that was sent. */
  readonly issues?: readonly FormIssue[]
  readonly ref?: Ref<SchemaFormHandle>
}

/** Catches errors of rendering, so that no foreign schema takes the page down. */
class SchemaBoundary extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override render() {
    if (this.state.isBroken) return <p>Cannot build a form from this schema. Enter the values as JSON.</p>
    return this.props.children
  }
}

const noIssues: readonly FormIssue[] = []

function byPointer(faults: readonly Fault[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { pointer, message } of faults) {
    const before = found.get(pointer)
    found.set(pointer, before === undefined ? message : `${before}. ${message}`)
  }
  return found
}

/** A form for any JSON Schema of an object. Says what is wrong in words, once `check` was called, or the API has answered. */
export default function SchemaForm({ schema, value, onChange, issues = noIssues, ref }: SchemaFormProps) {
  const prefix = useId()
  const [chosen, setChosen] = useState<ReadonlyMap<string, number>>(new Map())
  const [textProblems, setTextProblems] = useState<ReadonlyMap<string, string>>(new Map())
  const [isChecked, setIsChecked] = useState(false)
  const summary = useRef<HTMLDivElement>(null)
  // The page shows the title and the description of the whole.
  const root = useMemo(() => {
    const { title: _title, description: _description, ...rest } = schema
    return { ...rest, type: 'object' }
  }, [schema])

  const own = useMemo((): readonly Fault[] => {
    const typed = [...textProblems].map(([pointer, message]) => ({ pointer, message }))
    const pointers = new Set(textProblems.keys())
    return [...typed, ...faultsOf(root, value, chosen).filter(({ pointer }) => !pointers.has(pointer))]
  }, [root, value, chosen, textProblems])
  const faults = useMemo(() => [...(isChecked ? own : []), ...issues.map(faultOfIssue)], [isChecked, own, issues])

  useImperativeHandle(ref, () => ({
    check() {
      if (own.length === 0) return true
      setIsChecked(true)
      // After the summary is there.
      requestAnimationFrame(() => summary.current?.focus())
      return false
    },
  }))

  const form = useMemo((): FormContext => {
    const messages = byPointer(faults)
    return {
      root,
      Field,
      chosen,
      idOf: (pointer) => `${prefix}${encodeURIComponent(pointer)}`,
      faultAt: (pointer) => messages.get(pointer),
      choose: (pointer, branch) =>
        setChosen((before) =>
          new Map([...before].filter(([each]) => !each.startsWith(`${pointer}/`))).set(pointer, branch),
        ),
      forgetBelow: (pointer) =>
        setChosen((before) => new Map([...before].filter(([each]) => !each.startsWith(`${pointer}/`)))),
      reportText: (pointer, problem) =>
        setTextProblems((before) => {
          const next = new Map(before)
          if (problem === undefined) next.delete(pointer)
          else next.set(pointer, problem)
          return next
        }),
    }
  }, [root, prefix, chosen, faults])
  return (
    <SchemaBoundary>
      <FormContextProvider value={form}>
        <div className="schema-form">
          <FaultSummary faults={faults} idOf={form.idOf} ref={summary} />
          <Field
            schema={root}
            pointer=""
            label=""
            value={value}
            isRequired
            // The root is an object, whatever was entered.
            onChange={(next) => onChange(next as Schema)}
          />
        </div>
      </FormContextProvider>
    </SchemaBoundary>
  )
}
