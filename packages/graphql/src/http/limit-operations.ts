import { getOperationAST } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { asksServers } from '../access/root-scopes.ts'
import { readyOperation } from '../context/ready-operation.ts'
import type { Admit } from '../execution/admit.ts'
import type { Answers } from '../execution/answers.ts'
import type { FanOutSubscriptions } from '../execution/fan-out-subscriptions.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { withinTime } from '../limits/within-time.ts'
import type { ObserveOperation } from '../telemetry/observe-operations.ts'

interface LimitOperationsDeps {
  readonly admit: Admit
  readonly meter: LimitMeter
  readonly answers: Answers
  readonly fanOutSubscriptions: FanOutSubscriptions
  readonly observe: ObserveOperation
}

/** Admits each operation that yoga executes, limits its time, reports its cost and observes its duration. */
export const limitOperations = ({
  admit,
  meter,
  answers,
  fanOutSubscriptions,
  observe,
}: LimitOperationsDeps): Plugin => ({
  onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
    const operation = readyOperation(args)
    const observation = observe(operation)
    const errors = admit(operation)
    if (errors.length > 0) {
      observation.end(errors)
      setResultAndStopExecution({ errors })
      return undefined
    }
    const { usage } = operation.context
    const { document, operationName } = operation
    const isQuery = getOperationAST(document, operationName)?.operation === 'query'
    // The answer of a server takes as long as it does, and must not hold room that others wait for.
    const waitsForRoom = isQuery && usage.isLong === true && !asksServers(document, operationName)
    setExecuteFn(async (ready) => {
      try {
        const work = () => answers.within(operation.context, waitsForRoom, async () => executeFn(ready))
        return await observation.within(() => withinTime(meter, work()))
      } catch (error) {
        observation.end([error])
        throw error
      }
    })
    return {
      onExecuteDone({ result, setResult }) {
        observation.end(isAsyncIterable(result) ? undefined : result.errors)
        if (!isAsyncIterable(result)) setResult({ ...result, extensions: { ...result.extensions, cost: usage.cost } })
      },
    }
  },
  onSubscribe({ setSubscribeFn }) {
    setSubscribeFn(fanOutSubscriptions)
    return undefined
  },
})
