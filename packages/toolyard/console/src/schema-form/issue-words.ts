import type { Fault } from './faults.ts'

/** What the API found in a value. */
export interface FormIssue {
  /** JSON Pointer into the value. */
  readonly pointer: string
  readonly keyword: string
  readonly message: string
}

/** The issue in the words of the form: those for developers name keywords of JSON Schema. */
export function faultOfIssue({ pointer, keyword, message }: FormIssue): Fault {
  if (keyword === 'required') return { pointer, message: 'Required' }
  if (keyword === 'additionalProperties') return { pointer, message: 'Not a member that the tool knows' }
  return { pointer, message: message.slice(0, 400) }
}
