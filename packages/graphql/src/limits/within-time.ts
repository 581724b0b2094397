import type { ExecutionResult } from 'graphql'
import type { LimitMeter } from './limit-meter.ts'

/** Longest delay of a Node.js timer, in ms: a longer one fires at once. */
const maxTimerMs = 2 ** 31 - 1

/** Returns the result of `work`, or TIMEOUT after `executionTimeoutMs`. The work itself continues. */
export function withinTime<Value>(
  { limits, exceeded }: LimitMeter,
  work: Promise<Value> | Value,
): Promise<Value | ExecutionResult> | Value {
  const ms = limits.executionTimeoutMs
  if (!(work instanceof Promise) || ms > maxTimerMs) return work
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const message = `The operation took longer than ${ms} ms; jobs that it started continue; query them for their status`
      resolve({ errors: [exceeded('executionTimeoutMs', message, { code: 'TIMEOUT', http: { status: 504 } })] })
    }, ms)
    const settle = () => clearTimeout(timer)
    work.then(
      (value) => {
        settle()
        resolve(value)
      },
      (error: unknown) => {
        settle()
        reject(error)
      },
    )
  })
}
