import type { CombinedError } from 'urql'
import { describeApiError } from './api-error.ts'
import { graphql } from './graphql.ts'

/** The error that every mutation returns as data. */
export const refusal = graphql(`
  fragment Refusal on UserError { code message path }
`)

/** An error of a mutation, with the path of the invalid field within its `input`. */
export interface Refusal {
  readonly message: string
  readonly path: readonly string[]
}

interface RefusalFields {
  readonly code: string
  readonly message: string
  readonly path: readonly string[] | null
}

/** Returns the error in a mutation's answer, or undefined if the mutation succeeded. */
export function refusalOf(answer: object | null | undefined, error: CombinedError | undefined): Refusal | undefined {
  if (error) {
    const described = describeApiError(error)
    const advice = described.kind === 'AWAY' ? '. Nothing you typed is lost; try again once the API is back.' : ''
    return { message: `${described.message}${advice}`, path: [] }
  }
  if (!answer) return { message: 'The API sent no answer', path: [] }
  if (!('message' in answer && 'code' in answer)) return undefined
  // Only UserError has both fields.
  const { message, path } = answer as RefusalFields
  const [first, ...rest] = path ?? []
  return { message, path: first === 'input' ? rest : (path ?? []) }
}
