import { GraphQLError } from 'graphql'
import { defaultLimits, type Limits } from './limits.ts'

/** A limit with a number. */
export type LimitName = Exclude<keyof Limits, 'introspection'>

/** Refusals by the name of the limit. */
export type LimitRefusals = Readonly<Record<LimitName, number>>

/** The limits of one handler, with a count of what each has refused, delayed or disconnected. */
export interface LimitMeter {
  readonly limits: Limits
  /** Counts since the handler was created. */
  readonly refusals: LimitRefusals
  count(name: LimitName): void
  /** Returns "at most 20000 tokens (maxTokens)", for the message of an error. */
  atMost(name: LimitName, unit?: string): string
  /** Counts a refusal and returns its error. */
  exceeded(name: LimitName, message: string, extensions?: Readonly<Record<string, unknown>>): GraphQLError
  /** Creates the error of a document, which is cached with it; `countAnswered` counts each time that it is answered. */
  documentError(name: LimitName, message: string, extensions?: Readonly<Record<string, unknown>>): GraphQLError
  countAnswered(errors: readonly unknown[] | undefined): void
}

const isLimitName = (name: string): name is LimitName => name !== 'introspection'

export function createLimitMeter(limits: Limits): LimitMeter {
  const names = Object.keys(defaultLimits).filter(isLimitName)
  // fromEntries loses the names; there is one entry for each.
  const refusals = Object.fromEntries(names.map((name) => [name, 0])) as Record<LimitName, number>
  const count = (name: LimitName) => {
    refusals[name] += 1
  }
  const limitsByError = new WeakMap<object, LimitName>()
  const errorOf = (message: string, extensions: Readonly<Record<string, unknown>>) =>
    new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', ...extensions } })
  return {
    limits,
    refusals,
    count,
    atMost: (name, unit) => `at most ${limits[name]}${unit === undefined ? '' : ` ${unit}`} (${name})`,
    exceeded(name, message, extensions = {}) {
      count(name)
      return errorOf(message, extensions)
    },
    documentError(name, message, extensions = {}) {
      const error = errorOf(message, extensions)
      limitsByError.set(error, name)
      return error
    },
    countAnswered(errors = []) {
      for (const error of errors) {
        const name = error instanceof GraphQLError ? limitsByError.get(error) : undefined
        if (name) count(name)
      }
    },
  }
}
