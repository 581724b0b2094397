import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { type Admit, readyOperation } from '../admit.ts'
import type { Limits } from './limits.ts'
import { releaseAtEnd, type Slots, tooManySubscriptions } from './subscription-slots.ts'
import { withinTime } from './within-time.ts'

interface LimitParts {
  readonly admit: Admit
  readonly limits: Limits
  /** Of each tenant. */
  readonly subscriptions: Slots<string>
}

/** Asks before each operation that yoga executes whether it may be, how long it may take, and tells what it cost. */
export const limitOperations = ({ admit, limits, subscriptions }: LimitParts): Plugin => ({
  onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
    const operation = readyOperation(args)
    const errors = admit(operation)
    if (errors.length > 0) {
      setResultAndStopExecution({ errors })
      return undefined
    }
    setExecuteFn((ready) => withinTime(limits.executionTimeoutMs, executeFn(ready)))
    const { usage } = operation.context
    return {
      onExecuteDone({ result, setResult }) {
        if (!isAsyncIterable(result)) setResult({ ...result, extensions: { ...result.extensions, cost: usage.cost } })
      },
    }
  },
  onSubscribe({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution }) {
    const operation = readyOperation(args)
    const errors = admit(operation)
    if (errors.length > 0) {
      setResultAndStopExecution({ errors })
      return undefined
    }
    const release = subscriptions.take(operation.context.caller.tenant)
    if (!release) {
      setResultAndStopExecution({ errors: [tooManySubscriptions('tenant', subscriptions.max)] })
      return undefined
    }
    setSubscribeFn(async (ready) => {
      try {
        const results = await withinTime(limits.executionTimeoutMs, subscribeFn(ready))
        if (isAsyncIterable(results)) return releaseAtEnd(results, release)
        release()
        return results
      } catch (error) {
        release()
        throw error
      }
    })
    return undefined
  },
})
