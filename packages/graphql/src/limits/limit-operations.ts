import type { GraphQLError } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { type Admit, readyOperation } from '../admit.ts'
import type { ObserveOperation } from '../telemetry/observe-operations.ts'
import type { Limits } from './limits.ts'
import { releaseAtEnd, type Slots, tooManySubscriptions } from './subscription-slots.ts'
import { withinTime } from './within-time.ts'

interface LimitParts {
  readonly admit: Admit
  readonly limits: Limits
  /** Of each tenant. */
  readonly subscriptions: Slots<string>
  readonly observe: ObserveOperation
}

/** Asks before each operation that yoga executes whether it may be, how long it may take, and tells what it cost and took. */
export const limitOperations = ({ admit, limits, subscriptions, observe }: LimitParts): Plugin => ({
  onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
    const operation = readyOperation(args)
    const observation = observe(operation)
    const errors = admit(operation)
    if (errors.length > 0) {
      observation.end(errors)
      setResultAndStopExecution({ errors })
      return undefined
    }
    setExecuteFn(async (ready) => {
      try {
        return await observation.within(() => withinTime(limits.executionTimeoutMs, executeFn(ready)))
      } catch (error) {
        observation.end([error])
        throw error
      }
    })
    const { usage } = operation.context
    return {
      onExecuteDone({ result, setResult }) {
        observation.end(isAsyncIterable(result) ? undefined : result.errors)
        if (!isAsyncIterable(result)) setResult({ ...result, extensions: { ...result.extensions, cost: usage.cost } })
      },
    }
  },
  onSubscribe({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution }) {
    const operation = readyOperation(args)
    const observation = observe(operation)
    const refuse = (errors: readonly GraphQLError[]) => {
      observation.end(errors)
      setResultAndStopExecution({ errors })
    }
    const errors = admit(operation)
    if (errors.length > 0) {
      refuse(errors)
      return undefined
    }
    const release = subscriptions.take(operation.context.caller.tenant)
    if (!release) {
      refuse([tooManySubscriptions('tenant', subscriptions.max)])
      return undefined
    }
    setSubscribeFn(async (ready) => {
      try {
        const results = await observation.within(() => withinTime(limits.executionTimeoutMs, subscribeFn(ready)))
        observation.end(isAsyncIterable(results) ? undefined : results.errors)
        if (isAsyncIterable(results)) return releaseAtEnd(results, release)
        release()
        return results
      } catch (error) {
        observation.end([error])
        release()
        throw error
      }
    })
    return undefined
  },
})
