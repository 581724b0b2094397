import { type ComponentType, createContext, useContext } from 'react'
import type { ChosenBranches } from './faults.ts'
import type { FieldProps } from './field-props.ts'
import type { Schema } from './schema.ts'

/** What all fields of a form share. */
export interface FormContext {
  readonly root: Schema
  /** A field of any schema: objects, lists and choices contain some. */
  readonly Field: ComponentType<FieldProps>
  /** The id of the element for a JSON Pointer. */
  readonly idOf: (pointer: string) => string
  readonly faultAt: (pointer: string) => string | undefined
  readonly chosen: ChosenBranches
  readonly choose: (pointer: string, branch: number) => void
  /** Forgets what was chosen below a list whose items have moved. */
  readonly forgetBelow: (pointer: string) => void
  /** Reports a text that stands for no value, such as letters in a number. */
  readonly reportText: (pointer: string, problem: string | undefined) => void
}

const Context = createContext<FormContext | undefined>(undefined)

export const FormContextProvider = Context.Provider

export function useForm(): FormContext {
  const form = useContext(Context)
  if (!form) throw new Error('expected a SchemaForm around the field')
  return form
}
