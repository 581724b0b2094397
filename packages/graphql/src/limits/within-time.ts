import { type ExecutionResult, GraphQLError } from 'graphql'

const maxTimerMs = 2 ** 31 - 1

/** What `work` comes to, or TIMEOUT where that takes longer than `ms`. What it does meanwhile goes on. */
export async function withinTime<Value>(ms: number, work: Promise<Value> | Value): Promise<Value | ExecutionResult> {
  if (!(work instanceof Promise) || ms > maxTimerMs) return work
  const { promise, resolve } = Promise.withResolvers<ExecutionResult>()
  const timer = setTimeout(() => {
    const message = `The operation took longer than ${ms} ms; what it started goes on, and can be looked up`
    resolve({ errors: [new GraphQLError(message, { extensions: { code: 'TIMEOUT', http: { status: 504 } } })] })
  }, ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
