import type { ExecutionResult } from 'graphql'
import type { LimitMeter } from './limit-meter.ts'

const maxTimerMs = 2 ** 31 - 1

/** What `work` comes to, or TIMEOUT if that takes longer than `executionTimeoutMs`. What it does meanwhile goes on. */
export async function withinTime<Value>(
  { limits, exceeded }: LimitMeter,
  work: Promise<Value> | Value,
): Promise<Value | ExecutionResult> {
  const ms = limits.executionTimeoutMs
  if (!(work instanceof Promise) || ms > maxTimerMs) return work
  const { promise, resolve } = Promise.withResolvers<ExecutionResult>()
  const timer = setTimeout(() => {
    const message = `The operation took longer than ${ms} ms; what it started goes on, and can be looked up`
    resolve({ errors: [exceeded('executionTimeoutMs', message, { code: 'TIMEOUT', http: { status: 504 } })] })
  }, ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
