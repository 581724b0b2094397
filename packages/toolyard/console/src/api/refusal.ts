import type { CombinedError } from 'urql'
import { describeApiError } from './api-error.ts'
import { graphql } from './graphql.ts'

/** What each mutation answers where it refuses. */
export const refusal = graphql(`
  fragment Refusal on UserError { code message path }
`)

/** What a mutation refused, and the path of what is at fault within its `input`. */
export interface Refusal {
  readonly message: string
  readonly path: readonly string[]
}

interface RefusalFields {
  readonly code: string
  readonly message: string
  readonly path: readonly string[] | null
}

/** The refusal in an answer; undefined where it did as it was asked. */
export function refusalOf(answer: object | null | undefined, error: CombinedError | undefined): Refusal | undefined {
  if (error) {
    const described = describeApiError(error)
    const advice = described.kind === 'AWAY' ? '. Nothing you typed is lost: try again when it is back.' : ''
    return { message: `${described.message}${advice}`, path: [] }
  }
  if (!answer) return { message: 'The API gave no answer', path: [] }
  if (!('message' in answer && 'code' in answer)) return undefined
  // Of what mutations answer only a refusal has both.
  const { message, path } = answer as RefusalFields
  const [first, ...rest] = path ?? []
  return { message, path: first === 'input' ? rest : (path ?? []) }
}
